"""What Studio answers: the admin and `/api/v2/`."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v2/schema", SpectacularAPIView.as_view(urlconf="modern.cms.urls"), name="schema"),
]
