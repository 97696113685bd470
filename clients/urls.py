from django.urls import path

from clients.views import listing, record

app_name = "clients"

urlpatterns = [
    path("", listing.client_list, name="client-list"),
    path("export.csv", listing.client_export, name="client-export"),
    path("new/", record.client_create, name="client-create"),
    path("<int:pk>/", record.client, name="client"),
    path("<int:pk>/edit/", record.client_edit, name="client-edit"),
    path("<int:pk>/archive/", record.client_archive, name="client-archive"),
    path("<int:pk>/unarchive/", record.client_unarchive, name="client-unarchive"),
]
