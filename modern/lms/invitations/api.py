"""The only door of invitations: who is invited where."""

from modern.lms.invitations.queries import invited_courses, is_invited

__all__ = ["invited_courses", "is_invited"]
