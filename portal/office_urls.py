"""Under /t/<team>/clients/: what the office says about a client's portal."""

from django.urls import path

from portal import office

app_name = "access"

urlpatterns = [
    path("<int:pk>/portal/", office.access, name="access"),
    path("<int:pk>/portal/save/", office.access_save, name="access-save"),
    path("<int:pk>/portal/invite/", office.access_invite, name="access-invite"),
    path("<int:pk>/portal/add/", office.access_add, name="access-add"),
    path("<int:pk>/portal/people/<int:access>/invite/", office.access_reinvite, name="access-reinvite"),
    path("<int:pk>/portal/people/<int:access>/remove/", office.access_remove, name="access-remove"),
    path("<int:pk>/portal/view/", office.access_view, name="access-view"),
    path("<int:pk>/portal/view/end/", office.access_view_end, name="access-view-end"),
    path("<int:pk>/portal/data/<int:asked>/done/", office.data_done, name="data-done"),
]
