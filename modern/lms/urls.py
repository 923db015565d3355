"""What the LMS answers: the admin and `/api/v2/`."""

from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path

from modern.shared.documentation import documentation_urls

urlpatterns = [
    path("admin/", admin.site.urls),
    *documentation_urls("modern.lms.urls"),
    path("api/v2/identity/", include("modern.shared.identity.urls")),
    path("api/v2/", include("modern.lms.catalog.urls")),
    path("api/v2/", include("modern.lms.enrollment.urls")),
    *staticfiles_urlpatterns(),  # none but in development
]
