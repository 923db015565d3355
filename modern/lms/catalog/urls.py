"""Where the catalogue answers, below `/api/v2/`."""

from django.urls import path

from modern.lms.catalog import views

urlpatterns = [
    path("courses", views.CourseListView.as_view(), name="courses"),
    path("courses/<path:key>", views.CourseView.as_view(), name="course"),
]
