from django.urls import path

from invoices import client_billing

app_name = "billing"

urlpatterns = [path("<int:pk>/billing/", client_billing.client_billing, name="client-billing")]
