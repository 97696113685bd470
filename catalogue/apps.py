from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "catalogue"

    def ready(self) -> None:
        from catalogue.models import give_standard_rates
        from teams.events import register, register_fields, register_kind
        from teams.founding import when_founded

        when_founded(give_standard_rates)

        register("product.created", _("{name} added to the catalogue by {actor}"), icon="package")
        register("product.changed", _("{name} changed in the catalogue by {actor}"), icon="package")
        register("product.archived", _("{name} archived in the catalogue by {actor}"), icon="archive")
        register("product.unarchived", _("{name} brought back to the catalogue by {actor}"), icon="archive")
        register("product.exported", _("Catalogue exported by {actor}"), icon="download")
        register("vat_rate.created", _("VAT rate {name} added by {actor}"), icon="percentage")
        register("vat_rate.changed", _("VAT rate {name} changed by {actor}"), icon="percentage")
        register("vat_rate.archived", _("VAT rate {name} archived by {actor}"), icon="percentage")
        register("vat_rate.unarchived", _("VAT rate {name} brought back by {actor}"), icon="percentage")
        register_kind("product", _("Products"))
        register_kind("vat_rate", _("VAT rates"))
        register_fields(unit_price=_("unit price"), percent=_("percent"))
