from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoicesConfig(AppConfig):
    name = "invoices"

    def ready(self) -> None:
        from clients.tabs import add_tab
        from invoices.models import NumberSeries
        from teams.events import register, register_fields, register_kind, register_subject
        from teams.founding import when_founded

        when_founded(NumberSeries.of)
        add_tab("billing", _("Billing"), view="billing:client-billing", position=20)
        register_kind("invoice", _("Invoices"))
        register_subject("invoice", lambda team: team.invoices)
        register_kind("numbering", _("Numbering"))
        register("invoice.created", _("Drafted by {actor}"), icon="file-text")
        register("invoice.saved", _("Changed by {actor}"), icon="pencil")
        register("invoice.copied", _("Copied from {source} by {actor}"), icon="copy")
        register("invoice.generated", _("Made from {source} by {actor}"), icon="file-text")
        register("invoice.issued", _("Finalised and locked by {actor}"), icon="lock")
        register("invoice.emailed", _("Sent again by {actor}"), icon="send-2")
        register("invoice.due_moved", _("Due date moved to {due_on:day} by {actor}"), icon="calendar-due")
        register("invoice.viewed", _("{actor} opened the invoice"), icon="eye")
        register("invoice.voided", _("Voided by {actor}"), icon="ban")
        register("invoice.deleted", _("{reference} deleted by {actor}"), icon="trash")
        register("invoice.exported", _("{rows} invoices exported by {actor}"), icon="file-export")
        register("numbering.exported", _("Register of numbers exported by {actor}"), icon="file-export")
        register_fields(
            reference=_("Reference"), prefix=_("Prefix"), padding=_("Digits"), next_number=_("Next number")
        )
