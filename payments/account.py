"""The team's own Stripe account: saving, changing and removing its key, and the endpoint for its events.

Every step is committed before the next one outside begins, and each can be repeated: a crash anywhere
leaves something that saving again, or the sweeper, puts right (PAY-4, PAY-5).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cma.sealing import CannotOpenError
from payments.errors import KeyRefused, NotPayable, RightsMissing, StripeAway, StripeError
from payments.keys import StripeKey, read_key
from payments.models import LIVE_ATTEMPT, AttemptState, CheckoutAttempt, StripeAccount
from payments.secrets import Place, reserve_row_id, seal, unseal
from payments.stripe import EVENTS, AccountFacts, Stripe, api_version
from teams.audit import record
from teams.models import Team
from teams.models.member import new_token
from teams.models.team import StripeMode
from teams.scope import team_scope

# How often what was opened meanwhile is closed before we ask to try again.
CLOSING_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving a key came to. `problem` is empty, or what does not work yet, in words."""

    livemode: bool
    problem: str


def stripe_of(team_id: int) -> Stripe:
    """The team's Stripe. Opens a scope of its own.

    Raises NotPayable when the team has no key, KeyRefused when no master key opens it any more.
    """
    with team_scope(team_id):
        account = StripeAccount.objects.filter(team_id=team_id).first()
    if account is None:
        raise NotPayable(_("Card payments are not set up."))
    try:
        return Stripe(key_of(account))
    except CannotOpenError:
        raise KeyRefused(_("The stored key can no longer be opened. Paste it again.")) from None


def teams_with_stripe() -> list[int]:
    """Every team that has a key, for sweepers."""
    with connection.cursor() as cursor:
        cursor.execute("select * from cma_team_ids_with_stripe()")
        return [row[0] for row in cursor.fetchall()]


def key_of(account: StripeAccount) -> str:
    """The key itself. Raises CannotOpenError."""
    return unseal(account.key_cipher, _place(account.team_id, "key_cipher", account.pk))


def signing_secret_of(account: StripeAccount) -> str:
    """What the account's events are signed with; empty while no endpoint is registered."""
    if not account.secret_cipher:
        return ""
    return unseal(account.secret_cipher, _place(account.team_id, "secret_cipher", account.pk))


def endpoint_url(account: StripeAccount) -> str:
    """Where Stripe sends this account's events."""
    return settings.CMA_BASE_URL + reverse("hooks:stripe", args=[account.webhook_token])


def save_key(team_id: int, text: str) -> Saved:
    """Try the key, close what the old one opened, store it sealed, register the endpoint.

    Opens scopes of its own. Raises KeyRefused, RightsMissing or StripeAway; then nothing has changed.
    """
    key = read_key(text)
    stripe = Stripe(key.text)
    facts = _try(stripe)
    for _attempt in range(CLOSING_ROUNDS):
        old = _account(team_id)
        stays = old is not None and (old.account, old.livemode) == (facts.id, key.livemode)
        if old is not None and _opens(old) != key.text:
            _leave(old, stays=stays)
        with team_scope(team_id):
            team = _lock_team(team_id)
            if stays or not _opened_meanwhile(team_id):
                _store(team, key, facts)
                break
    else:
        raise StripeAway(_("Somebody is just paying. Try again in a minute."))
    return Saved(key.livemode, ensure_endpoint(team_id))


def _opens(account: StripeAccount) -> str | None:
    """The key, or None when no master key opens it any more: its owner must be able to paste it again."""
    try:
        return key_of(account)
    except CannotOpenError:
        return None


def _secret_opens(account: StripeAccount) -> bool:
    try:
        signing_secret_of(account)
    except CannotOpenError:
        return False
    return True


def _lock_team(team_id: int) -> Team:
    """From here to the commit no card page is opened with the old key (checkout.start locks the same)."""
    return Team.objects.select_for_update(no_key=True).get(pk=team_id)


def _opened_meanwhile(team_id: int) -> bool:
    states = (AttemptState.NEW, AttemptState.UNKNOWN, AttemptState.OPEN)
    return CheckoutAttempt.objects.filter(team_id=team_id, state__in=states).exists()


def _try(stripe: Stripe) -> AccountFacts:
    missing = stripe.missing_rights()
    if missing:
        raise RightsMissing(missing)
    return stripe.account()


def _account(team_id: int) -> StripeAccount | None:
    with team_scope(team_id):
        return StripeAccount.objects.filter(team_id=team_id).first()


def _leave(old: StripeAccount, *, stays: bool) -> None:
    """Before another key takes over: close what is open with the old one.

    With `stays` the next key is of the same account and mode. A key that Stripe no longer takes can close
    nothing; that must not keep the team from a new one.
    """
    from payments import checkout

    try:
        checkout.close_all(old.team_id)
        if not stays and old.endpoint:
            Stripe(key_of(old)).delete_endpoint(old.endpoint)
    except (KeyRefused, CannotOpenError):
        if stays:
            return
    if not stays:
        _give_up_attempts(old.team_id)


def _give_up_attempts(team_id: int) -> None:
    """What another account may still have open cannot be asked about any more."""
    with team_scope(team_id):
        waiting = CheckoutAttempt.objects.filter(team_id=team_id, state__in=LIVE_ATTEMPT)
        waiting.update(state=AttemptState.EXPIRED, error=_("The Stripe key was changed before it was paid."))


def _store(team: Team, key: StripeKey, facts: AccountFacts) -> None:
    account = StripeAccount.objects.select_for_update().filter(team=team).first()
    is_new = account is None
    account = account or StripeAccount(pk=reserve_row_id(), team=team, webhook_token=new_token())
    is_other = (account.account, account.livemode) != (facts.id, key.livemode)
    if is_other or not _secret_opens(account):
        account.endpoint, account.secret_cipher = "", None
        account.events_asked_at = timezone.now()
    account.key_cipher = seal(key.text, _place(team.pk, "key_cipher", account.pk))
    account.key_last4, account.livemode = key.last4, key.livemode
    account.account, account.account_name = facts.id, facts.name[:200]
    account.problem = ""
    account.save(force_insert=is_new)
    team.stripe_mode = StripeMode.LIVE if key.livemode else StripeMode.TEST
    team.save(update_fields=["stripe_mode"])
    record("team.stripe_key_saved", subject=team, ending=key.last4, mode=team.stripe_mode)


def ensure_endpoint(team_id: int) -> str:
    """Have the account's events sent to us; answers what is wrong, or nothing.

    The address was stored before, so whatever a crash left behind is found by it. An endpoint whose
    secret we do not have is of no use (Stripe tells it once): it is replaced.
    """
    account = _account(team_id)
    if account is None:
        return ""
    url, stripe = endpoint_url(account), Stripe(key_of(account))
    try:
        kept = _clear_endpoints(stripe, account, url)
        created = None if kept else stripe.create_endpoint(url)
    except StripeError as problem:
        return _note_problem(account, str(problem))
    with team_scope(team_id):
        account = StripeAccount.objects.select_for_update().get(pk=account.pk)
        if created is not None:
            account.endpoint, account.api_version = created.id, api_version()
            account.secret_cipher = seal(created.secret, _place(team_id, "secret_cipher", account.pk))
        account.problem = ""
        account.save(update_fields=["endpoint", "api_version", "secret_cipher", "problem"])
    return ""


def _clear_endpoints(stripe: Stripe, account: StripeAccount, url: str) -> bool:
    """Delete endpoints at our address that we cannot use; whether ours is there and right."""
    kept = False
    for endpoint in stripe.endpoints(url):
        is_ours = endpoint.id == account.endpoint and bool(account.secret_cipher)
        if not is_ours or endpoint.api_version != api_version():
            stripe.delete_endpoint(endpoint.id)
            continue
        kept = True
        if not endpoint.is_enabled or endpoint.events != frozenset(EVENTS):
            stripe.refresh_endpoint(endpoint.id)
    return kept


def _note_problem(account: StripeAccount, text: str) -> str:
    with team_scope(account.team_id):
        StripeAccount.objects.filter(pk=account.pk).update(problem=text[:300])
    return text


def note_problem(team_id: int, problem: StripeError) -> None:
    """Write down why the key does not work, for the settings page; a moment's silence is no such reason."""
    if isinstance(problem, StripeAway):
        return
    with team_scope(team_id):
        StripeAccount.objects.filter(team_id=team_id).update(problem=str(problem)[:300])


def remove_key(team_id: int) -> None:
    """Close what is open with it, delete the endpoint, forget key and secret.

    Opens scopes of its own. Raises StripeAway when Stripe cannot be asked; then nothing has changed.
    """
    for _attempt in range(CLOSING_ROUNDS):
        old = _account(team_id)
        if old is None:
            return
        _leave(old, stays=False)
        with team_scope(team_id):
            team = _lock_team(team_id)
            if _opened_meanwhile(team_id):
                continue
            StripeAccount.objects.filter(team=team).delete()
            team.stripe_mode = StripeMode.NONE
            team.save(update_fields=["stripe_mode"])
            record("team.stripe_key_removed", subject=team, ending=old.key_last4)
            return
    raise StripeAway(_("Somebody is just paying. Try again in a minute."))


def _place(team_id: int, field: str, row_id: int) -> Place:
    return Place(team_id, StripeAccount._meta.db_table, field, row_id)
