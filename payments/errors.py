"""What can go wrong with money and Stripe. Each error's text is a sentence for people."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from teams.models import WrongState


class PaymentsError(Exception):
    """Its text is shown as it is."""

    def __init__(self, text: str | Promise = "") -> None:
        super().__init__(str(text) or self.default())

    def default(self) -> str:
        return _("That did not work. Nothing was charged.")


class AmountRefused(PaymentsError):
    """An amount that cannot be paid: nothing, too little, more than is owed, a part where none is taken."""


class NotPayable(PaymentsError, WrongState):
    """The invoice is a draft, void or paid, or no card can be taken for it."""


class AlreadyUnderWay(PaymentsError):
    """Another attempt to pay this invoice is not finished, or its outcome is not known yet."""


class UnknownSession(PaymentsError):
    """The session is none of this team's."""


class BooksDiffer(PaymentsError):
    """What Stripe reports cannot be booked as it stands; a person must look."""


class StripeError(PaymentsError):
    """Stripe could not be asked, or said no."""


class StripeAway(StripeError):
    """No answer, or an answer that leaves open whether something happened. Ask again."""

    def default(self) -> str:
        return _("Stripe does not answer at the moment. Nothing was charged; try again in a minute.")


class StripeRefused(StripeError):
    """Stripe understood and said no; nothing happened."""


class CardsDown(StripeError):
    """What a payer is told when the trade's key or account is the trouble; the trade is told what it is."""

    def default(self) -> str:
        return _("Card payments do not work at the moment. Nothing was charged. Please pay another way.")


class NothingThere(StripeRefused):
    """Stripe knows no such object in this account and mode."""


class KeyRefused(StripeError):
    """The key is no key, or Stripe does not take it (any more)."""

    def default(self) -> str:
        return _("Stripe does not accept this key. Copy it again from your Stripe dashboard.")


class RightsMissing(KeyRefused):
    """A restricted key lacks rights; `rights` names them as Stripe's dashboard does."""

    def __init__(self, rights: Sequence[str | Promise]) -> None:
        self.rights = [str(right) for right in rights]
        super().__init__(
            _("The key lacks rights: %(rights)s. Add them in your Stripe dashboard, then save it here again.")
            % {"rights": ", ".join(self.rights)}
        )
