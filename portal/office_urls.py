"""Under /t/<team>/clients/: what the office says about a client's portal."""

from django.urls import path

from portal import office

app_name = "access"

urlpatterns = [
    path("<int:pk>/portal/", office.access, name="access"),
    path("<int:pk>/portal/save/", office.access_save, name="access-save"),
    path("<int:pk>/portal/invite/", office.access_invite, name="access-invite"),
]
