"""What the LMS answers while the bridge lives: modern's own URLs, then the API families of 2016.

The families' paths are spelled as legacy spells them: no trailing slash, and a course key of three
parts parted by `/` or `+`, which is all that tells one path from another.
"""

from django.urls import include, path, re_path

from compat import user_v1
from compat.change_enrollment import change_enrollment
from compat.enrollment_v1 import views as enrollment_v1

USERNAME = r"(?P<username>[\w.@+-]+)"
COURSE = r"(?P<course_id>[^/+]+(?:/|\+)[^/+]+(?:/|\+)[^/?]+)"

enrollment_patterns = [
    re_path(rf"^enrollment/{USERNAME},{COURSE}\Z", enrollment_v1.EnrollmentView.as_view()),
    re_path(rf"^enrollment/{COURSE}\Z", enrollment_v1.EnrollmentView.as_view()),
    path("enrollment", enrollment_v1.EnrollmentListView.as_view()),
    re_path(rf"^course/{COURSE}\Z", enrollment_v1.EnrollmentCourseDetailView.as_view()),
]

account_patterns = [
    path("accounts", user_v1.AccountListView.as_view()),
    re_path(rf"^accounts/{USERNAME}\Z", user_v1.AccountView.as_view()),
]

urlpatterns = [
    path("", include("modern.lms.urls")),
    path("api/enrollment/v1/", include(enrollment_patterns)),
    path("api/user/v1/", include(account_patterns)),
    path("change_enrollment", change_enrollment),
]
