"""The quotes' part of /p/<team>/. A mailed link's cookie is sent to what stands under `quotes/` alone."""

from django.urls import path

from portal.views import quotes, quotes_files, quotes_link, quotes_sign, quotes_talk

urlpatterns = [
    path("q/<slug:token>/", quotes_link.quote_link, name="quote-link"),
    path("quotes/", quotes.quotes, name="quotes"),
    path("quotes/link/", quotes_link.quote_link_gone, name="quote-link-gone"),
    path("quotes/link/again/", quotes_link.quote_link_again, name="quote-link-again"),
    path("quotes/<int:pk>/", quotes.quote, name="quote"),
    path("quotes/<int:pk>/choose/", quotes.quote_choose, name="quote-choose"),
    path("quotes/<int:pk>/ask/", quotes_talk.quote_ask, name="quote-ask"),
    path("quotes/<int:pk>/changes/", quotes_talk.quote_changes, name="quote-changes"),
    path("quotes/<int:pk>/decline/", quotes_talk.quote_decline, name="quote-decline"),
    path("quotes/<int:pk>/sign/", quotes_sign.quote_sign, name="quote-sign"),
    path("quotes/<int:pk>/accepted/", quotes_sign.quote_accepted, name="quote-accepted"),
    path("quotes/<int:pk>/quote.pdf", quotes_files.quote_pdf, name="quote-pdf"),
    path("quotes/<int:pk>/signed.pdf", quotes_files.quote_signed_pdf, name="quote-signed-pdf"),
    path("quotes/<int:pk>/evidence.json", quotes_files.quote_evidence, name="quote-evidence"),
    path("quotes/files/<int:pk>/", quotes_files.quote_attachment, name="quote-attachment"),
]
