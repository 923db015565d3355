"""Enrolment, what is paid for it, and the identity checks and credit that hang on it (sets C and
H).
"""

from __future__ import annotations

from flags.access import Access
from flags.capability import Capability, CourseScope
from flags.route import Service, form, json, query, serves

__all__ = ["CAPABILITIES", "ROUTES"]

CAPABILITIES = (
    Capability(
        name="enrollment",
        wave=5,
        course_scoped=CourseScope.PART,
        reads=("student_courseenrollment", "course_modes_*"),
        writes=(
            "student_courseenrollment",
            "student_historicalcourseenrollment",
            "student_courseenrollmentattribute",
            "student_courseenrollmentallowed",
        ),
        must_flip_with=("course-modes-commerce", "learner-dashboard", "instructor"),
        may_flip_before=("mobile-api", "catalog"),
        needs="same row ids; legacy's caches invalidated; the side effects by e-mail",
        checks="empty 200; 406 for an unknown user; 400 with the available modes; API key",
        note="Of learner-dashboard its change_enrollment, of instructor its enrolment lists.",
    ),
    Capability(
        name="course-modes-commerce",
        wave=5,
        course_scoped=CourseScope.PART,
        reads=("course_modes_*", "commerce_*", "shoppingcart_*"),
        writes=("course_modes_*", "commerce_*", "shoppingcart_*", "ecommerce service"),
        must_flip_with=("enrollment", "learner-dashboard"),
        needs=(
            "the ecommerce service calls enrolment and commerce with API key or JWT; price strings"
        ),
        checks="the choose page; PUT of a commerce course; baskets",
    ),
    Capability(
        name="learner-dashboard",
        wave=5,
        course_scoped=CourseScope.NO,
        reads=("nearly everything",),
        must_flip_with=("enrollment",),
        needs="a page that gathers from everywhere: simplest after enrollment and certificates",
        note="enrollment for its course buttons; it answers no JSON.",
    ),
    Capability(
        name="credit",
        wave=5,
        course_scoped=CourseScope.PART,
        reads=("credit_*",),
        writes=("credit_*",),
        must_flip_with=("verify-student", "grades-progress"),
        may_flip_before=("certificates",),
        needs="shared HMAC keys; form data posted to the provider",
        checks="eligibility list; request 200, 400, 403",
        note="verify-student writes the requirement status, grades-progress signals it.",
    ),
    Capability(
        name="verify-student",
        wave=5,
        course_scoped=CourseScope.PART,
        reads=("verify_student_*",),
        writes=("verify_student_*", "photos on S3"),
        must_flip_with=("credit", "course-modes-commerce"),
        needs="HMAC with Software Secure; photos encrypted with RSA",
        checks="the results callback",
    ),
)

_enrollment = serves(Service.LMS, "enrollment")
_commerce = serves(Service.LMS, "course-modes-commerce")
_dashboard = serves(Service.LMS, "learner-dashboard")
_credit = serves(Service.LMS, "credit")
_verify = serves(Service.LMS, "verify-student")

_CHECKOUT_PAGES = ("cancel", "error", "receipt")
_CART = (
    "",
    "clear/",
    "remove_item/",
    "add/course/{course_id}/",
    "use_code/",
    "update_user_cart/",
    "reset_code_redemption/",
    "billing_details/",
    "verify_cart/",
    "receipt/{number}/",
    "csv_report/",
    "donation/",
    "postpay_callback/",
)
_VERIFY_STEPS = ("start-flow", "begin-flow", "upgrade", "verify-now", "payment-confirmation")

ROUTES = (
    _enrollment("GET", "/api/enrollment/v1/enrollment", "courseenrollments", built="reads writes"),
    _enrollment(
        "POST",
        "/api/enrollment/v1/enrollment",
        "courseenrollments",
        course=json("course_details.course_id"),
        built="reads writes",
    ),
    _enrollment(
        "GET",
        "/api/enrollment/v1/enrollment/{course_id}",
        "courseenrollment",
        built="reads writes",
    ),
    _enrollment(
        "GET",
        "/api/enrollment/v1/enrollment/{username},{course_id}",
        "courseenrollment",
        built="reads writes",
    ),
    _enrollment(
        "GET",
        "/api/enrollment/v1/course/{course_id}",
        "courseenrollmentdetails",
        built="reads writes",
    ),
    _enrollment(
        "POST",
        "/change_enrollment",
        "change_enrollment",
        course=form("course_id"),
        built="reads writes",
    ),
    _enrollment("GET POST", "/courses/{course_id}/enroll_staff", "enroll_staff"),
    _commerce("GET POST", "/course_modes/choose/{course_id}/", "course_modes_choose"),
    # For tests of legacy only; the GET creates the mode.
    _commerce("GET", "/course_modes/create_mode/{course_id}/", "create_mode", always=Access.WRITES),
    _commerce("GET", "/api/commerce/v1/courses/", "commerce_api:v1:courses:list"),
    _commerce(
        "GET PUT PATCH",
        "/api/commerce/v1/courses/{course_id}/",
        "commerce_api:v1:courses:retrieve_update",
    ),
    _commerce("GET", "/api/commerce/v1/orders/{number}/", "commerce_api:v1:orders:detail"),
    _commerce(
        "POST",
        "/api/commerce/v0/baskets/",
        "commerce_api:v0:baskets:create",
        course=json("course_id"),
    ),
    _commerce(
        "GET",
        "/api/commerce/v0/baskets/{basket_id}/order/",
        "commerce_api:v0:baskets:retrieve_order",
    ),
    # The payment processor posts the browser back to a page that only shows the outcome.
    *(
        _commerce("GET POST", f"/commerce/checkout/{page}/", "commerce:*", always=Access.READS)
        for page in _CHECKOUT_PAGES
    ),
    *(_commerce("*", f"/shoppingcart/{page}") for page in _CART),
    _commerce("*", "/shoppingcart/register/redeem/{code}/", always=Access.WRITES),
    _dashboard("GET", "/dashboard", "dashboard"),
    _dashboard("GET", "/dashboard/programs/", "program_listing_view"),
    _dashboard("GET", "/dashboard/programs/{id}/{slug}/", "program_details_view"),
    _dashboard("GET", "/financial-assistance/", "financial_assistance"),
    _dashboard("GET", "/financial-assistance/apply/", "financial_assistance_form"),
    _dashboard("POST", "/financial-assistance/submit/", "submit_financial_assistance_request"),
    _dashboard("GET POST", "/api-admin/...", "api_admin:*"),
    _credit("GET", "/api/credit/v1/providers/", "creditprovider"),
    _credit("GET", "/api/credit/v1/providers/{provider_id}/", "creditprovider"),
    _credit(
        "POST",
        "/api/credit/v1/providers/{provider_id}/request/",
        "create_request",
        course=json("course_key"),
    ),
    _credit("POST", "/api/credit/v1/providers/{provider_id}/callback[/]", "provider_callback"),
    _credit(
        "GET", "/api/credit/v1/eligibility/", "eligibility_details", course=query("course_key")
    ),
    _credit("GET PUT PATCH", "/api/credit/v1/courses/", "creditcourse"),
    _credit("GET PUT PATCH", "/api/credit/v1/courses/{course_key}/", "creditcourse"),
    *(_verify("GET", f"/verify_student/{step}/{{course_id}}/") for step in _VERIFY_STEPS),
    _verify("POST", "/verify_student/create_order", course=form("course_id")),
    _verify("POST", "/verify_student/submit-photos/", course=form("course_key")),
    _verify("POST", "/verify_student/results_callback"),
    _verify("GET", "/verify_student/reverify"),
    _verify("GET", "/verify_student/reverify/{course_id}/{usage_id}/"),
)
