from django.urls import path

from catalogue import views

app_name = "catalogue"

urlpatterns = [
    path("", views.product_list, name="product-list"),
    path("export.csv", views.product_export, name="product-export"),
    path("new/", views.product_create, name="product-create"),
    path("<int:pk>/", views.product_edit, name="product-edit"),
    path("<int:pk>/archive/", views.product_archive, name="product-archive"),
    path("vat/", views.vat_rates, name="vat-rates"),
    path("vat/new/", views.vat_rate_create, name="vat-rate-create"),
    path("vat/<int:pk>/", views.vat_rate_edit, name="vat-rate-edit"),
    path("vat/<int:pk>/archive/", views.vat_rate_archive, name="vat-rate-archive"),
]
