"""Under /p/<team>/: the client's pages, behind the gate of `portal.door`."""

from django.urls import path

from portal import quote_urls
from portal.views import billing, doors, home, invite, pay, self_service

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", doors.sign_in, name="sign-in"),
    path("sign-in/code/", doors.second_factor, name="second-factor"),
    path("sign-in/passkey/", doors.passkey, name="passkey"),
    path("sign-in/link/", doors.sign_in_link, name="sign-in-link"),
    path("sign-out/", doors.sign_out, name="sign-out"),
    path("invite/", invite.invite, name="invite"),
    path("invite/again/", invite.invite_again, name="invite-again"),
    path("invite/<slug:token>/", invite.invite_link, name="invite-link"),
    path("choose/", doors.choose, name="choose"),
    path("password/", doors.password, name="password"),
    path("details/", self_service.details, name="details"),
    path("data/", self_service.data_request, name="data"),
    path("privacy/", self_service.privacy, name="privacy"),
    path("billing/", billing.billing, name="billing"),
    path("billing/statement.pdf", billing.statement, name="billing-statement"),
    path("invoices/<int:pk>/", billing.invoice, name="invoice"),
    path("invoices/<int:pk>/invoice.pdf", billing.invoice_pdf, name="invoice-pdf"),
    path("invoices/<int:pk>/receipt.pdf", billing.receipt, name="receipt"),
    path("invoices/<int:pk>/pay/", pay.pay, name="pay"),
    path("invoices/<int:pk>/pay/stripe/", pay.pay_stripe, name="pay-stripe"),
    path("invoices/<int:pk>/pay/sent/", pay.bank_sent, name="bank-sent"),
    path("invoices/<int:pk>/paid/", pay.pay_return, name="pay-return"),
    *quote_urls.urlpatterns,
]
