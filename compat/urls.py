"""What the LMS answers while the bridge lives: modern's own URLs, then the API families of 2016."""

from django.urls import include, path

urlpatterns = [
    path("", include("modern.lms.urls")),
]
