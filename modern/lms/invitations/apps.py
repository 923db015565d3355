"""The invitations app."""

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    """Registers the app as `invitations`; its table is named after it."""

    name = "modern.lms.invitations"
    label = "invitations"
