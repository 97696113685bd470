"""The people of the team: list, invite, role, remove, leave, hand over (TEA-5)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cma.answers import done, moved_on, shown
from cma.toasts import toast
from teams import members
from teams.access import OfficeRequest, can
from teams.forms.members import HandOverForm, InviteForm, RoleForm
from teams.limits import limited
from teams.models import MemberInvitation, Membership, WrongState

PAGE_METHODS = ["GET", "HEAD", "POST"]


def _list_url(request: OfficeRequest) -> str:
    return reverse("teams:members", args=[request.team.slug])


def _member(request: OfficeRequest, pk: int) -> Membership:
    return get_object_or_404(request.team.memberships.select_related("user", "team"), pk=pk)


@can("settings")
@require_safe
def member_list(request: OfficeRequest) -> HttpResponse:
    """Everyone who works here, and who is invited."""
    context = {
        "memberships": request.team.memberships.select_related("user").order_by("pk"),
        "invitations": members.open_invitations(request.team).select_related("invited_by"),
    }
    return shown(request, "teams/members.html", context)


@can("settings")
@require_http_methods(PAGE_METHODS)
def member_invite(request: OfficeRequest) -> HttpResponse:
    """Invite somebody by mail."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            members.invite(team=request.team, email=email, role=form.cleaned_data["role"], by=request.user)
        except WrongState as refusal:
            form.add_error("email", str(refusal))
        else:
            toast(request, _("An invitation is on its way to %(email)s.") % {"email": email})
            return done(request, _list_url(request))
    return shown(request, "teams/member_invite.html", part="dialog", form=form)


@can("settings")
@require_POST
def member_invitation_resend(request: OfficeRequest, pk: int) -> HttpResponse:
    """Mail the invitation again with a new link."""
    invitation = get_object_or_404(request.team.member_invitations, pk=pk)
    if limited(request, "invite-again", key=str(pk), rate="3/h"):
        toast(request, _("That was sent three times within the hour. Try again later."), bad=True)
        return done(request, _list_url(request))
    return _with_invitation(request, invitation, members.renew, _("A new link is on its way to %(email)s."))


@can("settings")
@require_POST
def member_invitation_withdraw(request: OfficeRequest, pk: int) -> HttpResponse:
    """Make the invitation's link worthless."""
    invitation = get_object_or_404(request.team.member_invitations, pk=pk)
    return _with_invitation(
        request, invitation, members.withdraw, _("The invitation to %(email)s is withdrawn.")
    )


def _with_invitation(
    request: OfficeRequest,
    invitation: MemberInvitation,
    act: Callable[[MemberInvitation], object],
    words: str,
) -> HttpResponse:
    try:
        act(invitation)
    except WrongState as refusal:
        return moved_on(request, str(refusal), back=_list_url(request))
    toast(request, words % {"email": invitation.email})
    return done(request, _list_url(request))


@can("settings")
@require_http_methods(PAGE_METHODS)
def member_role(request: OfficeRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    member = _member(request, pk)
    form = RoleForm(request.POST or None, member=member, by=request.membership)
    if request.method == "POST" and form.is_valid():
        try:
            members.change_role(member, form.cleaned_data["role"], by=request.membership)
        except WrongState as refusal:
            return moved_on(request, str(refusal), back=_list_url(request))
        toast(
            request, _("%(name)s is now %(role)s.") % {"name": member.user, "role": member.get_role_display()}
        )
        return done(request, _list_url(request))
    return shown(request, "teams/member_role.html", {"member": member}, part="dialog", form=form)


@can("settings")
@require_http_methods(PAGE_METHODS)
def member_remove(request: OfficeRequest, pk: int) -> HttpResponse:
    """Take a member off the team, after asking."""
    member = _member(request, pk)
    if request.method == "POST":
        return _take_off(request, member, _list_url(request))
    return shown(request, "teams/member_remove.html", {"member": member}, part="dialog")


@can("read")
@require_http_methods(PAGE_METHODS)
def member_leave(request: OfficeRequest) -> HttpResponse:
    """Leave the team, after asking."""
    if request.method == "POST":
        return _take_off(request, _member(request, request.membership.pk), reverse("home"))
    return shown(request, "teams/member_leave.html", part="dialog")


def _take_off(request: OfficeRequest, member: Membership, then: str) -> HttpResponse:
    name = str(member.user)
    left = member.pk == request.membership.pk
    try:
        members.remove(member, by=request.membership)
    except WrongState as refusal:
        back = reverse("teams:today", args=[request.team.slug]) if left else _list_url(request)
        return moved_on(request, str(refusal), back=back)
    if left:
        toast(request, _("You have left %(team)s.") % {"team": request.team.name})
        return done(request, reverse("home"))
    toast(request, _("%(name)s is off the team.") % {"name": name})
    return done(request, then)


@can("owner")
@require_http_methods(PAGE_METHODS)
def member_hand_over(request: OfficeRequest) -> HttpResponse:
    """Make somebody an owner; asks for the password."""
    form = HandOverForm(request.user, request.team, request.POST or None)
    if request.method == "POST":
        if limited(request, "password", key=str(request.user.pk), rate="10/h"):
            form.add_error("password", _("Too many tries. Wait an hour, or have a link mailed to reset it."))
        elif form.is_valid():
            receiver = form.cleaned_data["member"]
            try:
                members.hand_over(request.membership, receiver, stay_owner=form.cleaned_data["stay"] == "yes")
            except WrongState as refusal:
                return moved_on(request, str(refusal), back=_list_url(request))
            toast(request, _("%(name)s is an owner now.") % {"name": receiver.user})
            return done(request, _list_url(request))
    return shown(request, "teams/member_hand_over.html", part="dialog", form=form)
