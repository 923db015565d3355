"""Where identity answers, below `/api/v2/identity/`."""

from django.urls import path

from modern.shared.identity import views

urlpatterns = [
    path("actor", views.ActorView.as_view(), name="identity-actor"),
    path("session", views.SessionView.as_view(), name="identity-session"),
]
