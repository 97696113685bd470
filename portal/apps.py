from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        from clients.notices import add_notices
        from clients.tabs import add_tab
        from portal.checking import as_client
        from portal.data import notices
        from portal.door import portal_door
        from quotes.views import check
        from teams.middleware import TeamMiddleware

        TeamMiddleware.doors["p"] = portal_door
        add_tab("portal", _("Portal access"), view="access:access", position=90)
        add_notices(notices)
        check.sides.append(as_client)
        _tell()


def _tell() -> None:
    """How the portal's entries of the audit log read."""
    from teams.events import register, register_fields, register_kind

    register_kind("portal", _("Client portal"))
    register_fields(
        portal_enabled=_("Enable portal"),
        email=_("Invite email"),
        shows_quotes=_("Quotes"),
        shows_invoices=_("Invoices"),
        shows_files=_("Files"),
        shows_meetings=_("Meetings"),
        shows_messages=_("Messages"),
        label=_("Who this is"),
        hides_prices=_("Hide prices"),
    )
    register("portal.invited", _("{email} invited to the portal by {actor}"), icon="mail-forward")
    register("portal.reinvited", _("Invite sent again to {email} by {actor}"), icon="mail-forward")
    register("portal.address_changed", _("{before} lost the portal, {email} is invited instead"), icon="key")
    register("portal.access_saved", _("Portal access changed by {actor}"), icon="adjustments-horizontal")
    register("portal.removed", _("{email} taken off the portal by {actor}"), icon="user-minus")
    register("portal.viewed_as", _("{actor} viewed the portal as {who}"), icon="eye")
    register("portal.suspended", _("Portal switched off by {actor}"), icon="lock")
    register("portal.restored", _("Portal switched on again by {actor}"), icon="lock-open")
    register(
        "portal.email_corrected",
        _("E-mail address corrected by {actor}: {before}, now {after}"),
        icon="pencil",
    )
    register("portal.phone_corrected", _("Phone corrected by {actor}: {before}, now {after}"), icon="pencil")
    register(
        "portal.address_corrected", _("Address corrected by {actor}: {before}, now {after}"), icon="pencil"
    )
    register("portal.data_requested", _("{actor} asked for their data"), icon="file-text")
    register(
        "portal.data_done",
        _("{actor} answered {email}, who asked for their data"),
        icon="circle-check",
    )
    register("portal.link_requested", _("A new sign-in link was asked for and sent to {email}"), icon="link")
    register("portal.link_used", _("{email} came in by a mailed link"), icon="login")
    register("portal.password_set", _("{email} set a password"), icon="key")
    register(
        "portal.first_visit", _("{email} opened the portal for the first time"), icon="user-check", good=True
    )
    register("invoice.viewed", _("Viewed by {actor}"), icon="eye")
