"""Letting a client in: the login, the mailed links, and what a link does when it is used.

All of it runs in the team's own scope: an invitation is the office's, and a link is looked up before
anybody is signed in.
"""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cma.formats import moment
from mail.composing import team_mail
from mail.outbox import Recipient, queue
from portal.models import Invitation, PortalAccess, Purpose
from teams.audit import record
from teams.models import Team, User, WrongState
from teams.models.member import hash_token, new_token

# Links that one login may be sent within an hour, whoever asks for them.
MOST_LINKS_AN_HOUR = 5


class LinkSpent(WrongState):
    """The link was used, revoked, is too old, or its portal is off."""


def login_for(address: str) -> User:
    """The login of this address, made without a password if there is none (POR-2).

    It gets no name: what one team calls its client is not told to another team (POR-13).
    """
    address = address.strip().lower()
    known = EmailAddress.objects.select_related("user").filter(email=address, verified=True).first()
    user = known.user if known else User.objects.filter(email=address).first()
    if user is None:
        try:
            with transaction.atomic():
                user = User.objects.create_user(address)
                EmailAddress.objects.create(user=user, email=address, primary=True, verified=False)
        except IntegrityError:
            user = User.objects.get(email=address)
    return user


def needs_password(user: User) -> bool:
    """Whether the link must ask for a new password.

    An address that nobody has confirmed proves nothing: somebody else may have signed up with it and
    know its password, so the person behind the mailbox sets a fresh one.
    """
    confirmed = EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    return not (confirmed and user.has_usable_password())


# ---- Mailed links ---------------------------------------------------------------------------------


def send_link(access: PortalAccess, purpose: Purpose) -> Invitation:
    """Make a link and mail it; older ones of the same kind stop working."""
    revoke(access, purpose)
    token = new_token()
    invitation = Invitation.objects.create(
        team_id=access.team_id,
        client_id=access.client_id,
        access=access,
        purpose=purpose,
        token_hash=hash_token(token),
        expires_at=timezone.now() + Invitation.LIFETIME[purpose],
    )
    _mail(access, invitation, token)
    return invitation


def revoke(access: PortalAccess, *purposes: Purpose) -> None:
    """Links of these kinds that are still open work no more."""
    if access.pk:
        access.invitations.filter(purpose__in=purposes, used_at=None, revoked_at=None).update(
            revoked_at=timezone.now()
        )


def _mail(access: PortalAccess, invitation: Invitation, token: str) -> None:
    team, client, user = access.team, access.client, owner_of(access)
    is_new = needs_password(user)
    key = "portal_invite" if is_new else "portal_signin_link"
    link = f"{settings.CMA_BASE_URL}{reverse('portal:invite-link', args=[team.slug, token])}"
    until = moment(invitation.expires_at)
    # The tenant's mail does not greet the landlord.
    called = (user.name or access.label) if access.label else client.name
    composed = team_mail(team, key, {"client_name": called, "until": until}, button=link, to=user.email)
    queue(
        team,
        kind=key,
        reason=f"{key}:{invitation.pk}",
        to=Recipient(user.email, called),
        subject=composed.subject,
        text=composed.text,
        html=composed.html,
        client=client,
        about=("portalaccess", access.pk),
    )


def owner_of(access: PortalAccess) -> User:
    """The login that holds the key. Raises LinkSpent for a key that nobody holds."""
    if access.user is None:
        raise LinkSpent
    return access.user


def find_link(team: Team, token: str) -> Invitation | None:
    """The link behind a token, whatever became of it."""
    return (
        Invitation.objects.select_related("access__client", "access__user", "access__team")
        .filter(team=team, token_hash=hash_token(token))
        .first()
    )


def send_again(invitation: Invitation) -> None:
    """A new link in place of one that no longer works; too many in an hour are quietly left out."""
    _ask(invitation.access, Purpose(invitation.purpose))


def send_sign_in_link(team: Team, address: str) -> None:
    """Mail a sign-in link if this address has a key here; to the one who asks it looks the same if not."""
    access = (
        PortalAccess.objects.select_related("client", "user", "team")
        .filter(team=team, user__email=address.strip().lower(), client__portal_enabled=True)
        .order_by("pk")
        .first()
    )
    if access is None:
        # The same work for nobody, so that the time it takes tells nothing either.
        nobody = {"client_name": "", "until": ""}
        team_mail(team, "portal_signin_link", nobody, button=settings.CMA_BASE_URL, to=address)
        hash_token(new_token())
        return
    _ask(access, Purpose.SIGN_IN)


def _ask(access: PortalAccess, purpose: Purpose) -> None:
    recent = access.invitations.filter(created_at__gt=timezone.now() - timedelta(hours=1)).count()
    if not access.client.portal_enabled or access.user is None or recent >= MOST_LINKS_AN_HOUR:
        return
    send_link(access, purpose)
    record("portal.link_requested", subject=access, client_id=access.client_id, email=access.email)


@transaction.atomic
def use_link(invitation: Invitation, *, password: str = "") -> User:
    """Open link → used: confirms the address, sets the password where one is needed. Raises LinkSpent.

    Once per link: of two presses at once the second finds it used, and changes nothing.
    """
    access = invitation.access
    if not invitation.take() or access.user_id is None:
        raise LinkSpent
    user = User.objects.select_for_update().get(pk=access.user_id)
    if needs_password(user):
        user.set_password(password)
        user.save(update_fields=["password"])
        record("portal.password_set", subject=access, client_id=access.client_id, email=access.email)
    confirm_address(user)
    record("portal.link_used", subject=access, client_id=access.client_id, email=access.email)
    return user


def confirm_address(user: User) -> None:
    """The person has the mailbox: whoever else only claimed the address loses the claim."""
    addresses = EmailAddress.objects.filter(email=user.email)
    addresses.filter(verified=False).exclude(user=user).delete()
    EmailAddress.objects.filter(user=user, primary=True).exclude(email=user.email).update(primary=False)
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
