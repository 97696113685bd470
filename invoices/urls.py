from django.urls import path

from invoices.views import actions, bulk, detail, editor, listing, numbers

app_name = "invoices"

urlpatterns = [
    path("", listing.invoice_list, name="invoice-list"),
    path("export.csv", listing.invoice_export, name="invoice-export"),
    path("new/", editor.invoice_create, name="invoice-create"),
    path("preview/", editor.invoice_preview, name="invoice-preview"),
    path("options/clients/", editor.client_options, name="client-options"),
    path("options/products/", editor.product_options, name="product-options"),
    path("chosen/", bulk.invoice_bulk, name="invoice-bulk"),
    path("chosen/zip/", bulk.invoice_zip, name="invoice-zip"),
    path("zip/<int:pk>/", bulk.export, name="export"),
    path("zip/<int:pk>/download/", bulk.export_download, name="export-download"),
    path("numbers/", numbers.number_register, name="number-register"),
    path("numbers/export.csv", numbers.number_export, name="number-export"),
    path("<int:pk>/", detail.invoice, name="invoice"),
    path("<int:pk>/state/", detail.invoice_state, name="invoice-state"),
    path("<int:pk>/edit/", editor.invoice_edit, name="invoice-edit"),
    path("<int:pk>/issue/", actions.invoice_issue, name="invoice-issue"),
    path("<int:pk>/delete/", actions.invoice_delete, name="invoice-delete"),
    path("<int:pk>/copy/", actions.invoice_copy, name="invoice-copy"),
    path("<int:pk>/due/", actions.invoice_due_date, name="invoice-due-date"),
    path("<int:pk>/email/", actions.invoice_email, name="invoice-email"),
    path("<int:pk>/invoice.pdf", detail.invoice_pdf, name="invoice-pdf"),
    path("<int:pk>/receipt.pdf", detail.invoice_receipt, name="invoice-receipt"),
]
