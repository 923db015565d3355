"""The JSON of actors and of signing in."""

from __future__ import annotations

from rest_framework import serializers


class ActorSerializer(serializers.Serializer[object]):
    """An actor as decisions need it."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    is_staff = serializers.BooleanField()
    is_superuser = serializers.BooleanField()
    is_active = serializers.BooleanField()
    groups = serializers.ListField(child=serializers.CharField())


class SessionSerializer(serializers.Serializer[object]):
    """Whose session it is; null before anybody signed in."""

    actor = ActorSerializer(allow_null=True)


class CredentialsSerializer(serializers.Serializer[object]):
    """A user name or e-mail address, and the password, which is never trimmed."""

    name = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=4096, trim_whitespace=False)
