"""Who works in a team: invite, join, change role, remove, leave, hand over (PEO-1, TEA-5).

Called inside the team's scope. What could take the last owner away first locks the owners' rows in the
order of their ids, so that two who take each other off cannot both succeed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cma.formats import moment
from mail.composing import team_mail
from mail.outbox import Recipient, queue
from teams.audit import record
from teams.models import MemberInvitation, Membership, Team, User, WrongState
from teams.models.member import hash_token, new_token
from teams.roles import Role

# Nobody builds a business of fifty in a day; a stolen login that mails strangers would try.
MOST_IN_A_DAY = 30


def open_invitations(team: Team) -> Any:
    """Invitations that are still waiting, newest first; those past their time among them."""
    return team.member_invitations.filter(accepted_at=None, withdrawn_at=None).order_by("-pk")


def invite(*, team: Team, email: str, role: str, by: User) -> tuple[MemberInvitation, str]:
    """Mail an invitation. Returns it with its token, which is kept nowhere. Raises WrongState."""
    email = email.lower()
    if team.memberships.filter(user__email=email).exists():
        raise WrongState(_("%(email)s works here already.") % {"email": email})
    if open_invitations(team).filter(email=email).exists():
        raise WrongState(_("%(email)s is invited already. Send that invitation again.") % {"email": email})
    day_ago = timezone.now() - timedelta(days=1)
    if team.member_invitations.filter(created_at__gt=day_ago).count() >= MOST_IN_A_DAY:
        raise WrongState(_("That were many invitations for one day. Go on tomorrow."))
    token = new_token()
    invitation = MemberInvitation.objects.create(
        team=team,
        email=email,
        role=role,
        invited_by=by,
        token_hash=hash_token(token),
        expires_at=timezone.now() + MemberInvitation.LIFETIME,
    )
    _mail(invitation, token)
    record("member.invited", subject=invitation, email=email, role=str(Role(role).label))
    return invitation, token


def renew(invitation: MemberInvitation) -> str:
    """Send the invitation again: a new link, a new week; the old link stops working. Raises WrongState."""
    invitation = _locked(invitation)
    token = new_token()
    invitation.token_hash = hash_token(token)
    invitation.expires_at = timezone.now() + MemberInvitation.LIFETIME
    invitation.save(update_fields=["token_hash", "expires_at"])
    _mail(invitation, token)
    record("member.reinvited", subject=invitation, email=invitation.email)
    return token


def withdraw(invitation: MemberInvitation) -> None:
    """The link stops working. Raises WrongState."""
    invitation = _locked(invitation)
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    record("member.invitation_withdrawn", subject=invitation, email=invitation.email)


def accept(invitation: MemberInvitation, user: User) -> Membership:
    """The person joins, once; who works there already keeps their role. Raises WrongState."""
    invitation = _locked(invitation)
    if not invitation.is_open:
        raise WrongState(_("This invitation has expired."))
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    membership, joined = Membership.objects.get_or_create(
        team_id=invitation.team_id, user=user, defaults={"role": invitation.role}
    )
    if joined:
        record("member.joined", subject=membership, name=str(user), role=membership.get_role_display())
    return membership


def new_person(*, email: str, name: str, password: str) -> User:
    """A login for one who came by a mailed link, which proves the address.

    An account that somebody else began with it and never confirmed is taken over: its password and
    sessions go. Raises WrongState when the address was confirmed meanwhile.
    """
    if is_known(email):
        raise WrongState(_("There is an account for %(email)s by now. Sign in to join.") % {"email": email})
    user = User.objects.select_for_update().filter(email=email).first() or User(email=email)
    user.name = name
    user.set_password(password)
    user.save()
    for session in UserSession.objects.filter(user_id=user.pk):
        session.end()
    EmailAddress.objects.filter(user_id=user.pk).exclude(email=email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    return user


def is_known(email: str) -> bool:
    """Whether somebody signs in with this address and has proved that it is theirs."""
    return EmailAddress.objects.filter(email__iexact=email, verified=True).exists()


def change_role(membership: Membership, role: str, *, by: Membership) -> None:
    """Give a member another role. Only owners touch owners. Raises WrongState."""
    owners = _owners_locked(membership.team)
    membership.refresh_from_db()
    if membership.role == role:
        return
    if not by.is_owner and (membership.is_owner or role == Role.OWNER):
        raise WrongState(_("Only an owner may change who owns the business."))
    _not_the_last_owner(membership, owners)
    before = membership.get_role_display()
    membership.role = role
    membership.save(update_fields=["role"])
    after = membership.get_role_display()
    record(
        "member.role_changed",
        subject=membership,
        name=str(membership.user),
        role=after,
        changes={"role": [before, after]},
    )


def remove(membership: Membership, *, by: Membership) -> None:
    """Take somebody off the team: out at their next request. Raises WrongState."""
    owners = _owners_locked(membership.team)
    membership.refresh_from_db()
    if membership.is_owner and not by.is_owner:
        raise WrongState(_("Only an owner may change who owns the business."))
    _not_the_last_owner(membership, owners)
    left = membership.pk == by.pk
    record(
        "member.left" if left else "member.removed",
        subject=membership,
        name=str(membership.user),
        role=membership.get_role_display(),
    )
    membership.delete()


def hand_over(giver: Membership, receiver: Membership, *, stay_owner: bool) -> None:
    """Make somebody an owner; the giver stays one too, or becomes an admin. Raises WrongState."""
    _owners_locked(giver.team)
    giver.refresh_from_db()
    receiver.refresh_from_db()
    if not giver.is_owner:
        raise WrongState(_("You do not own the business any more."))
    if giver.pk == receiver.pk or receiver.is_owner:
        raise WrongState(_("%(name)s is an owner already.") % {"name": receiver.user})
    before = receiver.get_role_display()
    receiver.role = Role.OWNER
    receiver.save(update_fields=["role"])
    if not stay_owner:
        giver.role = Role.ADMIN
        giver.save(update_fields=["role"])
    record(
        "member.ownership_transferred",
        subject=receiver,
        name=str(receiver.user),
        giver_stays_owner=stay_owner,
        changes={"role": [before, receiver.get_role_display()]},
    )


def _owners_locked(team: Team) -> list[Membership]:
    owners = team.memberships.select_for_update().filter(role=Role.OWNER).order_by("pk")
    return list(owners)


def _not_the_last_owner(membership: Membership, owners: list[Membership]) -> None:
    if [owner.pk for owner in owners] == [membership.pk]:
        raise WrongState(_("A business needs an owner. Make somebody else an owner first."))


def _locked(invitation: MemberInvitation) -> MemberInvitation:
    """The invitation as it stands now, held until the transaction ends; only a waiting one."""
    waiting = Q(accepted_at=None, withdrawn_at=None)
    found = MemberInvitation.objects.select_for_update().filter(waiting, pk=invitation.pk).first()
    if found is None:
        raise WrongState(_("This invitation was used or withdrawn meanwhile."))
    return found


def _mail(invitation: MemberInvitation, token: str) -> None:
    team = invitation.team
    values = {
        "actor": str(invitation.invited_by),
        "role": invitation.get_role_display(),
        "until": moment(invitation.expires_at),
    }
    url = f"{settings.CMA_BASE_URL}{reverse('joining:open', args=[token])}"
    mail = team_mail(team, "member_invite", values, button=url, to=invitation.email)
    queue(
        team,
        kind="member_invite",
        # One mail for each link.
        reason=f"member_invite:{invitation.pk}:{invitation.token_hash[:16]}",
        to=Recipient(invitation.email),
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
    )
