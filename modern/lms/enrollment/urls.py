"""Where enrolments answer, below `/api/v2/`."""

from django.urls import path

from modern.lms.enrollment import views

urlpatterns = [
    path("enrollments", views.EnrollmentListView.as_view(), name="enrollments"),
    path("enrollments/<int:enrollment_id>", views.EnrollmentView.as_view(), name="enrollment"),
]
