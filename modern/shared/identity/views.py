"""Who asks, and sessions of this service's own, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from modern.shared.identity import api
from modern.shared.identity.authentication import IdentityAuthentication, django_request
from modern.shared.identity.errors import SessionsLiveElsewhere
from modern.shared.identity.serializers import (
    ActorSerializer,
    CredentialsSerializer,
    SessionSerializer,
)
from modern.shared.identity.throttling import SignInThrottle

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.throttling import BaseThrottle


class ActorView(APIView):
    """The person who asks, as the facade's rollouts need to know them."""

    @extend_schema(operation_id="identity_actor", responses=ActorSerializer)
    def get(self, request: Request) -> Response:
        """Return the actor; 401 for nobody, 404 for a user unknown here."""
        return Response(ActorSerializer(api.actor_in(request)).data)


class SessionView(APIView):
    """The session of a browser: look at it, start it, end it."""

    permission_classes = (AllowAny,)

    def get_throttles(self) -> list[BaseThrottle]:
        """Count attempts to sign in; looking and leaving is free."""
        return [SignInThrottle()] if self.request.method == "POST" else []

    @extend_schema(operation_id="identity_session", responses=SessionSerializer)
    def get(self, request: Request) -> Response:
        """Return whose session it is, and set the CSRF cookie that signing in needs."""
        get_token(django_request(request))
        return Response(SessionSerializer({"actor": api.actor_in(request)}).data)

    @extend_schema(
        operation_id="identity_sign_in",
        request=CredentialsSerializer,
        responses=SessionSerializer,
    )
    def post(self, request: Request) -> Response:
        """Sign in; 401 with one text for every kind of wrong credentials, 429 after ten tries a
        minute.
        """
        if not settings.OWN_SESSIONS:
            raise SessionsLiveElsewhere
        IdentityAuthentication().enforce_csrf(request)
        credentials = CredentialsSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        actor = api.sign_in(django_request(request), **credentials.validated_data)
        return Response(SessionSerializer({"actor": actor}).data)

    @extend_schema(operation_id="identity_sign_out", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out; nothing happens where nobody was signed in."""
        if not settings.OWN_SESSIONS:
            raise SessionsLiveElsewhere
        api.sign_out(django_request(request))
        return Response(status=204)
