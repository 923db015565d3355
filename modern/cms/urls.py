"""What Studio answers: the admin and `/api/v2/`."""

from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path

from modern.shared.documentation import documentation_urls

urlpatterns = [
    path("admin/", admin.site.urls),
    *documentation_urls("modern.cms.urls"),
    path("api/v2/identity/", include("modern.shared.identity.urls")),
    *staticfiles_urlpatterns(),  # none but in development
]
