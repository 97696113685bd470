"""The money ledger, and the one place that talks to Stripe."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        """Say how what happens to money is told."""
        from teams.events import register, register_fields, register_kind

        register_kind("payment", _("Payments"))
        register_kind("transfer", _("Bank transfers"))
        register_fields(
            terms_days=_("Days to pay"),
            allow_part_payment=_("Part payment"),
            email_on_issue=_("Email the client now"),
            bank_account_name=_("Account name"),
            bank_sort_code=_("Sort code"),
            bank_account_number=_("Account number"),
            prefix=_("Prefix"),
            padding=_("Digits"),
            next_number=_("Next number"),
        )
        register("payment.recorded", _("{amount:money} received, {method}"), icon="cash", good=True)
        register("payment.credited", _("{amount:money} more than was owed: kept as credit"), icon="pig-money")
        register("payment.undone", _("Payment of {amount:money} undone by {actor}"), icon="arrow-back-up")
        register(
            "payment.released_to_credit",
            _("{amount:money} moved to the client's credit by {actor}"),
            icon="pig-money",
        )
        register(
            "payment.recorded_as_refunded",
            _("{amount:money} recorded as refunded by {actor}"),
            icon="receipt-refund",
        )
        register("payment.refunded", _("{amount:money} refunded"), icon="receipt-refund")
        register(
            "payment.refund_failed",
            _("Refund of {amount:money} came back from the bank"),
            icon="alert-circle",
        )
        register(
            "payment.disputed",
            _("Payment of {amount:money} disputed by the client's bank"),
            icon="alert-triangle",
        )
        register(
            "payment.dispute_won",
            _("Dispute over {amount:money} closed in your favour"),
            icon="shield-check",
            good=True,
        )
        register("payment.dispute_lost", _("Dispute over {amount:money} lost"), icon="alert-triangle")
        register("payment.under_way", _("Direct Debit of {amount:money} on its way"), icon="hourglass")
        register("payment.failed", _("Payment of {amount:money} failed"), icon="alert-circle")
        register(
            "payment.unexpected_amount",
            _("{amount:money} came where {expected:money} was asked for"),
            icon="alert-triangle",
        )
        register(
            "transfer.claimed", _("{actor} says a transfer of {amount:money} is on its way"), icon="transfer"
        )
        register(
            "transfer.not_found", _("No transfer of {amount:money} found, says {actor}"), icon="transfer"
        )
        register("team.stripe_key_saved", _("Stripe key ending {ending} saved by {actor}"), icon="key")
        register("team.stripe_key_removed", _("Stripe key ending {ending} removed by {actor}"), icon="key")
        register("team.bank_details_changed", _("Bank details changed by {actor}"), icon="building-bank")
        register("team.numbering_changed", _("Numbers and terms changed by {actor}"), icon="calendar-due")
        register("team.ways_to_pay_changed", _("Ways to pay changed by {actor}"), icon="credit-card")
