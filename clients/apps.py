from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        from teams.events import register, register_fields, register_kind

        register("client.created", _("{name} added by {actor}"), icon="user-plus")
        register("client.changed", _("Details of {name} changed by {actor}"), icon="pencil")
        register("client.archived", _("{name} archived by {actor}"), icon="archive")
        register("client.unarchived", _("{name} brought back by {actor}"), icon="archive")
        register("client.exported", _("Clients exported by {actor}"), icon="download")
        register_kind("client", _("Clients"))
        register_fields(
            terms_days=_("days to pay"), vat_number=_("VAT number"), kind=_("kind"), tags=_("tags")
        )
