"""Endpoints that change something and say who did, to see which requests get that far."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class ApiView(APIView):
    def post(self, request: Request) -> Response:
        return Response({"who": request.user.get_username(), "via": request.auth.via})


def plain_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


urlpatterns = [
    path("api", ApiView.as_view()),
    path("plain", plain_view),
    path("", include("modern.lms.urls")),
]
