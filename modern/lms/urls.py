"""What the LMS answers: the admin and `/api/v2/`."""

from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

SCHEMA = SpectacularAPIView.as_view(urlconf="modern.lms.urls", permission_classes=())

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v2/schema", SCHEMA, name="schema"),
    path("api/v2/identity/", include("modern.shared.identity.urls")),
    path("api/v2/", include("modern.lms.catalog.urls")),
    path("api/v2/", include("modern.lms.enrollment.urls")),
    *staticfiles_urlpatterns(),  # none but in development
]
