from django.urls import path

from payments.views import recording, settings, statement, stripe, voiding

app_name = "payments"

urlpatterns = [
    path("invoices/<int:pk>/record/", recording.payment_record, name="payment-record"),
    path("invoices/<int:pk>/mark-paid/", recording.payment_mark_paid, name="payment-mark-paid"),
    path("invoices/<int:pk>/void/", voiding.invoice_void, name="invoice-void"),
    path("<int:pk>/undo/", recording.payment_undo, name="payment-undo"),
    path("transfers/<int:pk>/close/", recording.transfer_close, name="transfer-close"),
    path("clients/<int:pk>/statement.pdf", statement.client_statement, name="payment-statement"),
    path("settings/", settings.billing_settings, name="billing-settings"),
    path("settings/bank/", settings.bank_details, name="billing-settings-bank"),
    path("settings/numbers/", settings.numbering, name="billing-settings-numbers"),
    path("settings/ways/", settings.ways_to_pay, name="billing-settings-ways"),
    path("settings/stripe-key/", stripe.stripe_key, name="stripe-key"),
    path("settings/stripe-key/remove/", stripe.stripe_key_remove, name="stripe-key-remove"),
    path("settings/events/<int:pk>/retry/", stripe.event_retry, name="event-retry"),
]
