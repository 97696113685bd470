"""Addresses of invitations to a team; the guest has no team yet."""

from django.urls import path

from teams.views import joining

app_name = "joining"

urlpatterns = [
    path("", joining.join, name="join"),
    path("accept/", joining.join_accept, name="accept"),
    path("<str:token>/", joining.join_open, name="open"),
]
