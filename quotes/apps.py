from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QuotesConfig(AppConfig):
    name = "quotes"

    def ready(self) -> None:
        from clients.tabs import add_tab
        from invoices.models import NumberSeries, SeriesKind
        from invoices.origins import add_origin
        from quotes import today
        from quotes.links import origin_of
        from quotes.models import QuoteSettings
        from teams.events import register, register_fields, register_kind, register_subject
        from teams.founding import when_founded
        from teams.waiting import add_source

        when_founded(lambda team: NumberSeries.of(team, SeriesKind.QUOTE))
        when_founded(QuoteSettings.of)
        add_tab("quotes", _("Quotes"), view="quotes:client-quotes", position=10)
        add_origin(origin_of)
        add_source(today.waiting)
        register_kind("quote", _("Quotes"))
        register_subject("quote", lambda team: team.quotes)
        register("quote.created", _("Drafted by {actor}"), icon="file-text")
        register("quote.saved", _("Changed by {actor}"), icon="pencil")
        register("quote.copied", _("Copied from {source} by {actor}"), icon="copy")
        register("quote.versioned", _("Version {version} begun by {actor}"), icon="versions")
        register("quote.sent", _("Sent by {actor}"), icon="send-2")
        register("quote.emailed", _("Mailed to {email}"), icon="mail")
        register("quote.viewed", _("{actor} opened the quote"), icon="eye")
        register("quote.asked", _("{actor} asked about “{about}”"), icon="message-question")
        register("quote.answered", _("{actor} answered about “{about}”"), icon="message-reply")
        register("quote.changes_asked", _("{actor} asked for changes"), icon="message-question")
        register("quote.accepted", _("Accepted by {name} for {total:money}"), icon="signature", good=True)
        register("quote.declined", _("Declined by {actor}"), icon="thumb-down")
        register("quote.withdrawn", _("Withdrawn by {actor}"), icon="arrow-back-up")
        register("quote.superseded", _("Replaced by version {version}"), icon="versions")
        register("quote.deleted", _("{reference} deleted by {actor}"), icon="trash")
        register("quote.invoiced", _("Invoice {invoice} made by {actor}"), icon="file-invoice")
        register("quote.followed_up", _("Followed up after {days} days"), icon="bell")
        register("quote.link_made", _("Link copied by {actor}"), icon="link")
        register("quote.links_revoked", _("{links} links stopped by {actor}"), icon="unlink")
        register("quote.follow_ups_paused", _("Follow-ups paused by {actor}"), icon="bell-off")
        register("quote.follow_ups_resumed", _("Follow-ups resumed by {actor}"), icon="bell")
        register("quote.exported", _("{rows} quotes exported by {actor}"), icon="file-export")
        register_kind("kit", _("Kits"))
        register("kit.saved", _("Kit “{name}” saved by {actor}"), icon="stack-2")
        register("kit.renamed", _("Kit “{before}” renamed “{name}” by {actor}"), icon="stack-2")
        register("kit.deleted", _("Kit “{name}” deleted by {actor}"), icon="trash")
        register("quote.settings_changed", _("Settings of quotes changed by {actor}"), icon="settings")
        register("quote.numbering_changed", _("Numbers of quotes changed by {actor}"), icon="number")
        register_fields(
            version=_("Version"),
            valid_until=_("Valid until"),
            valid_days=_("Days valid"),
            intro=_("Opening words"),
            terms=_("Terms"),
            follows_up=_("Follow up unanswered quotes"),
            follow_up_days=_("Days after sending"),
            follow_up_hour=_("Send hour"),
        )
