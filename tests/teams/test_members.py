"""Members: invite, role, remove, leave, hand over (PEO-1, TEA-5)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from mail.models import Message
from teams import members
from teams.models import AuditEntry, MemberInvitation, Membership, User, WrongState
from teams.roles import Role
from tests.world import PASSWORD, World, person

BASE = "/t/kirkstall-plumbing/members/"


def membership(world: World, user: User) -> Membership:
    with world.scope():
        return Membership.objects.select_related("user", "team").get(user=user)


def role_of(world: World, user: User) -> str | None:
    with world.scope():
        return Membership.objects.filter(user=user).values_list("role", flat=True).first()


def verbs(world: World) -> list[str]:
    with world.scope():
        return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


@pytest.fixture
def alice(world: World) -> Browser:
    return world.browser(world.alice)


@pytest.fixture
def dan(world: World) -> User:
    """A second owner of Alice's team."""
    dan = person("dan@example.com", "Dan Moss")
    with world.scope():
        Membership.objects.create(team=world.team, user=dan, role=Role.OWNER)
    return dan


# ---- The doors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "invite/", "hand-over/", "{bob}/role/", "{bob}/remove/"])
def test_only_who_may_change_settings_gets_in(world: World, path: str) -> None:
    url = BASE + path.format(bob=membership(world, world.bob).pk)
    assert world.browser(world.alice).get(url).status_code == 200
    for user in (world.bob, world.ann):
        assert world.browser(user).get(url).status_code == 403
        if path:
            assert world.browser(user).post(url).status_code == 403
    for user in (world.charlie, world.jo_user):
        assert world.browser(user).get(url).status_code == 404
    assert world.browser().get(url).status_code == 302


def test_a_member_of_another_team_is_not_there(world: World, alice: Browser) -> None:
    with world.other_scope():
        theirs = Membership.objects.get().pk
    for path in ("role", "remove"):
        assert alice.get(f"{BASE}{theirs}/{path}/").status_code == 404
        assert alice.post(f"{BASE}{theirs}/{path}/", {"role": "admin"}).status_code == 404
    with world.other_scope():
        invitation, _token = members.invite(
            team=world.other, email="x@example.com", role=Role.STAFF, by=world.charlie
        )
    for verb in ("resend", "withdraw"):
        assert alice.post(f"{BASE}invitations/{invitation.pk}/{verb}/").status_code == 404


def test_wrong_methods(world: World, alice: Browser) -> None:
    pk = membership(world, world.bob).pk
    assert alice.post(BASE).status_code == 405
    assert alice.put(f"{BASE}{pk}/role/").status_code == 405
    assert alice.get(f"{BASE}invitations/1/resend/").status_code == 405
    assert alice.get(f"{BASE}invitations/1/withdraw/").status_code == 405


def test_the_list_names_members_and_invitations(world: World, alice: Browser) -> None:
    with world.scope():
        members.invite(team=world.team, email="new@example.com", role=Role.ADMIN, by=world.alice)
    html = alice.get(BASE).content.decode()
    for words in ("Alice Hartley", "Bob Nowak", "Ann Field", "new@example.com", "Accountant"):
        assert words in html
    assert "Charlie" not in html


# ---- Invite ----------------------------------------------------------------------------------------


def test_invite_mails_a_link_and_writes_it_down(world: World, alice: Browser) -> None:
    response = alice.post(f"{BASE}invite/", {"email": "New@Example.com", "role": "staff"})
    assert response.status_code == 303
    with world.scope():
        invitation = MemberInvitation.objects.get()
        message = Message.objects.get()
    assert (invitation.email, invitation.role) == ("new@example.com", Role.STAFF)
    assert message.to_address == "new@example.com"
    assert "/join/" in message.text
    token = message.text.split("/join/")[1].split("/")[0]
    assert invitation.token_hash not in message.text
    assert token not in str(vars(invitation))
    assert verbs(world)[-1] == "member.invited"


def test_invite_by_htmx_navigates(world: World, alice: Browser) -> None:
    response = alice.post(
        f"{BASE}invite/", {"email": "new@example.com", "role": "staff"}, headers={"HX-Request": "true"}
    )
    assert response.headers["HX-Redirect"] == BASE


@pytest.mark.parametrize(
    ("email", "role", "says"),
    [
        ("", "staff", "Type the address"),
        ("nonsense", "staff", "whole e-mail address"),
        ("new@example.com", "owner", "Select a valid choice"),
        ("new@example.com", "", ""),
        ("BOB@example.com", "staff", "works here already"),
    ],
)
def test_invite_refuses(world: World, alice: Browser, email: str, role: str, says: str) -> None:
    response = alice.post(f"{BASE}invite/", {"email": email, "role": role})
    assert response.status_code == 422
    assert says in response.content.decode()
    with world.scope():
        assert not MemberInvitation.objects.exists()
        assert not Message.objects.exists()


def test_who_waits_already_is_not_invited_twice(world: World, alice: Browser) -> None:
    for status in (303, 422):
        response = alice.post(f"{BASE}invite/", {"email": "new@example.com", "role": "staff"})
        assert response.status_code == status
    assert "Send that invitation again" in response.content.decode()


def test_thirty_invitations_a_day_are_enough(world: World) -> None:
    with world.scope():
        for number in range(30):
            members.invite(team=world.team, email=f"n{number}@example.com", role="staff", by=world.alice)
        with pytest.raises(WrongState, match="one day"):
            members.invite(team=world.team, email="more@example.com", role="staff", by=world.alice)


def test_resend_makes_a_new_link_and_kills_the_old(world: World, alice: Browser) -> None:
    with world.scope():
        invitation, old = members.invite(
            team=world.team, email="new@example.com", role="staff", by=world.alice
        )
    url = f"{BASE}invitations/{invitation.pk}/resend/"
    assert alice.post(url).status_code == 303
    with world.scope():
        assert Message.objects.count() == 2
    assert Browser().get(f"/join/{old}/").status_code == 404
    alice.post(url)
    alice.post(url)
    alice.post(url)
    with world.scope():
        assert Message.objects.count() == 4


def test_withdraw_kills_the_link_and_a_second_press_is_told(world: World, alice: Browser) -> None:
    with world.scope():
        invitation, token = members.invite(
            team=world.team, email="new@example.com", role="staff", by=world.alice
        )
    url = f"{BASE}invitations/{invitation.pk}/withdraw/"
    assert alice.post(url).status_code == 303
    assert alice.post(url).status_code == 409
    guest = Browser()
    guest.get(f"/join/{token}/")
    response = guest.get("/join/")
    assert response.status_code == 410
    assert "withdrawn" in response.content.decode()


# ---- Roles, removal, leaving -----------------------------------------------------------------------


def test_change_role(world: World, alice: Browser) -> None:
    pk = membership(world, world.bob).pk
    response = alice.post(f"{BASE}{pk}/role/", {"role": "admin"})
    assert response.status_code == 303
    assert role_of(world, world.bob) == Role.ADMIN
    with world.scope():
        entry = AuditEntry.objects.latest("pk")
    assert entry.details["changes"] == {"role": ["Staff", "Admin"]}
    assert alice.post(f"{BASE}{pk}/role/", {"role": "king"}).status_code == 422


def test_an_admin_touches_no_owner_and_makes_none(world: World) -> None:
    with world.scope():
        Membership.objects.filter(user=world.bob).update(role=Role.ADMIN)
    bob = world.browser(world.bob)
    owner, ann = membership(world, world.alice).pk, membership(world, world.ann).pk
    assert bob.post(f"{BASE}{owner}/role/", {"role": "staff"}).status_code == 409
    assert bob.post(f"{BASE}{owner}/remove/").status_code == 409
    assert bob.post(f"{BASE}{ann}/role/", {"role": "owner"}).status_code == 422
    assert bob.get(f"{BASE}hand-over/").status_code == 403
    assert role_of(world, world.alice) == Role.OWNER
    assert bob.post(f"{BASE}{ann}/remove/").status_code == 303


def test_removed_is_out_at_the_next_request(world: World, alice: Browser) -> None:
    bob = world.browser(world.bob)
    assert bob.get("/t/kirkstall-plumbing/members/leave/").status_code == 200
    pk = membership(world, world.bob).pk
    assert alice.get(f"{BASE}{pk}/remove/").status_code == 200
    assert role_of(world, world.bob) == Role.STAFF
    assert alice.post(f"{BASE}{pk}/remove/").status_code == 303
    assert bob.get("/t/kirkstall-plumbing/members/leave/").status_code == 404
    assert alice.post(f"{BASE}{pk}/remove/").status_code == 404


def test_leave(world: World) -> None:
    response = world.browser(world.ann).post(f"{BASE}leave/")
    assert response.headers["Location"] == "/"
    assert role_of(world, world.ann) is None
    assert verbs(world)[-1] == "member.left"


def test_the_last_owner_stays(world: World, alice: Browser) -> None:
    pk = membership(world, world.alice).pk
    assert alice.post(f"{BASE}leave/").status_code == 409
    assert alice.post(f"{BASE}{pk}/remove/").status_code == 409
    response = alice.post(f"{BASE}{pk}/role/", {"role": "staff"})
    assert response.status_code == 409
    assert "needs an owner" in response.content.decode()
    assert role_of(world, world.alice) == Role.OWNER


def test_one_of_two_owners_may_go(world: World, dan: User) -> None:
    pk = membership(world, world.alice).pk
    assert world.browser(world.alice).post(f"{BASE}{pk}/role/", {"role": "staff"}).status_code == 303
    assert role_of(world, world.alice) == Role.STAFF


# ---- Hand over -------------------------------------------------------------------------------------


def hand_over(browser: Browser, world: World, **data: Any) -> Any:
    given = {"member": membership(world, world.bob).pk, "stay": "no", "password": PASSWORD} | data
    return browser.post(f"{BASE}hand-over/", given)


def test_hand_over(world: World, alice: Browser) -> None:
    assert hand_over(alice, world).status_code == 303
    assert role_of(world, world.bob) == Role.OWNER
    assert role_of(world, world.alice) == Role.ADMIN
    assert verbs(world)[-1] == "member.ownership_transferred"
    assert alice.get(f"{BASE}hand-over/").status_code == 403


def test_hand_over_and_stay(world: World, alice: Browser) -> None:
    assert hand_over(alice, world, stay="yes").status_code == 303
    assert role_of(world, world.alice) == Role.OWNER


def test_hand_over_refuses(world: World, alice: Browser) -> None:
    assert hand_over(alice, world, password="wrong").status_code == 422
    assert hand_over(alice, world, member="").status_code == 422
    assert hand_over(alice, world, member=membership(world, world.alice).pk).status_code == 422
    with world.other_scope():
        theirs = Membership.objects.get().pk
    assert hand_over(alice, world, member=theirs).status_code == 422
    assert role_of(world, world.bob) == Role.STAFF


def test_the_password_cannot_be_tried_for_ever(world: World, alice: Browser) -> None:
    for _ in range(10):
        hand_over(alice, world, password="wrong")
    response = hand_over(alice, world)
    assert response.status_code == 422
    assert "Too many tries" in response.content.decode()


# ---- Two at once -----------------------------------------------------------------------------------


def at_once(world: World, *works: Callable[[], None]) -> list[str]:
    """Each work in a thread and scope of its own, begun together; what they were refused with."""
    gate, refusals = threading.Barrier(len(works)), []

    def run(work: Callable[[], None]) -> None:
        try:
            with world.scope():
                gate.wait()
                work()
        except WrongState as refusal:
            refusals.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_two_owners_take_each_other_off_and_one_stays(world: World, dan: User, _round: int) -> None:
    # Both have read who is who before either acts, as two open pages have.
    (mine, his), (mine_too, his_too) = [
        (membership(world, world.alice), membership(world, dan)) for _ in range(2)
    ]
    refusals = at_once(
        world,
        lambda: members.remove(his, by=mine),
        lambda: members.change_role(mine_too, "staff", by=his_too),
    )
    owners = [user for user in (world.alice, dan) if role_of(world, user) == Role.OWNER]
    assert len(refusals) == 1
    assert len(owners) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_nobody_would_be_left(world: World, dan: User, monkeypatch: Any) -> None:
    """The control: the same race with the lock taken away loses both owners."""
    both_have_looked = threading.Barrier(2)

    def unlocked(team: Any) -> list[Membership]:
        owners = list(team.memberships.filter(role=Role.OWNER).order_by("pk"))
        both_have_looked.wait()
        return owners

    monkeypatch.setattr(members, "_owners_locked", unlocked)
    mine, his = (lambda: membership(world, world.alice)), (lambda: membership(world, dan))
    refusals = at_once(
        world,
        lambda: members.change_role(his(), "staff", by=mine()),
        lambda: members.change_role(mine(), "staff", by=his()),
    )
    assert refusals == []
    assert role_of(world, world.alice) == role_of(world, dan) == Role.STAFF
