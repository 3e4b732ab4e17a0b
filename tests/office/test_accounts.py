"""Ann administers accounts: she gives roles to others and never to herself, and everybody concerned hears of it."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from blueheart.post.letters import write
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from office import accounts
from office.roles import ROLES
from office.signing_in.models import Session
from tests.office.factories import PASSWORD, StaffFactory, desk_of

pytestmark = pytest.mark.django_db


def somebody(name, *roles, **fields):
    person = StaffFactory(username=name, is_superuser=False, **fields)
    person.groups.set(Group.objects.filter(name__in=roles))
    return person


@pytest.fixture
def ann():
    return somebody("ann", "Administrator")


@pytest.fixture
def desk(ann):
    return desk_of(ann)


@pytest.fixture
def finn():
    return somebody("finn", "Finance")


def page_of(person, page="change"):
    return reverse(f"admin:auth_user_{page}", args=[person.pk])


def save(desk, person, **changed):
    fields = {"username": person.username, "email": person.email, "is_active": "on",
              "roles": sorted(accounts.roles_of(person))}  # fmt: skip
    return desk.post(page_of(person), {key: value for key, value in (fields | changed).items() if value is not None})


def told():
    return [(entry.action, entry.detail.get("role")) for entry in Entry.objects.order_by("pk")
            if entry.action.startswith("staff.")]  # fmt: skip


def roles(person):
    return set(accounts.roles_of(User.objects.get(pk=person.pk)))


def test_roles_are_boxes_with_a_sentence_each(desk, finn):
    page = desk.get(page_of(finn)).content.decode()

    assert page.count('name="roles"') == len(ROLES)
    assert "keeps the money in order" in page
    assert "user_permissions" not in page
    assert 'name="is_superuser"' not in page


def test_given_and_taken_roles_are_in_the_trail_and_in_one_mail_to_each(desk, ann, finn):
    boss = StaffFactory(username="ada", is_superuser=True)
    somebody("molly", "Moderator")

    assert save(desk, finn, roles=["Editor", "Moderator"]).status_code == 302

    assert roles(finn) == {"Editor", "Moderator"}
    given = [("staff.role-given", "Editor"), ("staff.role-given", "Moderator")]
    assert told() == [*given, ("staff.role-taken", "Finance")]
    mails = [write(message) for message in Message.objects.filter(kind="staff-role-changed")]
    assert {mail.to[0] for mail in mails} == {finn.email, ann.email, boss.email}
    assert all("Role given: Editor" in mail.body and "Role taken: Finance" in mail.body for mail in mails)
    assert all("By: ann" in mail.body and "Account: finn" in mail.body for mail in mails)


def test_groups_of_other_names_stay_with_the_account(desk, finn):
    finn.groups.add(Group.objects.create(name="choir"))

    save(desk, finn, roles=[])

    assert list(finn.groups.values_list("name", flat=True)) == ["choir"]


def test_nothing_changed_tells_nobody(desk, finn):
    save(desk, finn)

    assert told() == []
    assert not Message.objects.exists()


@pytest.mark.parametrize("is_superuser", [False, True])
def test_nobody_changes_their_own_roles_or_standing(is_superuser, ann, desk):
    User.objects.filter(pk=ann.pk).update(is_superuser=is_superuser)

    save(desk, ann, roles=["Finance", "Finance approver"], is_active=None, is_superuser="" if is_superuser else "on")

    ann.refresh_from_db()
    assert (roles(ann), ann.is_active, ann.is_superuser) == ({"Administrator"}, True, is_superuser)
    assert told() == []


def test_administrator_makes_no_superuser_gives_no_single_right_and_no_group_of_another_name(desk, finn):
    Group.objects.create(name="choir")
    right = Permission.objects.get(codename="refund_donation")

    save(desk, finn, is_superuser="on", user_permissions=[right.pk], groups=[1], is_staff="")
    save(desk, finn, roles=["choir"])

    finn.refresh_from_db()
    assert (finn.is_superuser, finn.is_staff, finn.user_permissions.count()) == (False, True, 0)
    assert roles(finn) == {"Finance"}


def test_administrator_cannot_touch_a_superuser(desk):
    boss = StaffFactory(username="ada", is_superuser=True)

    answers = [
        save(desk, boss, username="mine"),
        desk.post(page_of(boss, "password_change"), {"act": "send"}),
        desk.post(page_of(boss, "end_sessions"), {"act": "end"}),
        desk.post(page_of(boss, "confirm"), {"act": "confirm"}),
        desk.post(page_of(boss, "delete"), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)


def test_nobody_is_made_their_own_second_person(desk, finn):
    page = save(desk, finn, roles=["Finance", "Finance approver"]).content.decode()

    assert "Nobody is their own second person: “Finance” and “Finance approver” are for two accounts." in page
    assert roles(finn) == {"Finance"}
    assert save(desk, finn, roles=["Finance approver"]).status_code == 302


def test_who_only_reads_accounts_sees_roles_and_changes_nothing(finn):
    auditor = desk_of(somebody("aude", "Auditor"))

    page = auditor.get(page_of(finn))

    assert page.status_code == 200
    assert "Finance" in page.content.decode()
    assert save(auditor, finn, roles=["Editor"]).status_code == 403


def test_new_account_is_staff_has_its_roles_and_is_told_of(desk):
    given = {"username": "newt", "email": "newt@example.org", "roles": ["Translator"]}
    desk.post(reverse("admin:auth_user_add"), given)

    newt = User.objects.get(username="newt")
    assert (newt.is_staff, newt.is_superuser, roles(newt)) == (True, False, {"Translator"})
    assert told() == [("staff.created", None), ("staff.role-given", "Translator")]
    assert Message.objects.filter(kind="staff-role-changed").count() == 2


def test_deactivated_account_is_out_at_once(desk, finn):
    his = desk_of(finn)
    assert his.get("/staff/").status_code == 200

    save(desk, finn, is_active=None)

    assert his.get("/staff/").status_code == 302
    assert not Session.objects.filter(account=finn).exists()
    assert told() == [("staff.deactivated", None)]


def test_who_has_acted_cannot_be_deleted_and_the_page_says_what_to_do(desk, finn):
    save(desk_of(finn), finn)
    Entry.objects.create(action="donation.refunded", actor=finn)

    assert "it cannot be deleted" in desk.get(page_of(finn)).content.decode()
    assert desk.post(page_of(finn, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=finn.pk).exists()


def test_who_has_not_acted_can_be_deleted_in_the_trail(desk, finn):
    desk.post(page_of(finn, "delete"), {"post": "yes"})

    assert not User.objects.filter(pk=finn.pk).exists()
    assert told() == [("staff.deleted", None)]


def test_former_address_hears_that_it_was_changed(desk, finn, mailoutbox, django_capture_on_commit_callbacks):
    his = finn.email

    with django_capture_on_commit_callbacks(execute=True):
        save(desk, finn, email="mallory@example.org")

    (mail,) = [mail for mail in mailoutbox if mail.to == [his]]
    assert "name or address was changed" in mail.body


def test_account_is_never_left_without_an_address(desk, finn):
    his = finn.email

    assert save(desk, finn, email="").status_code == 200

    finn.refresh_from_db()
    assert finn.email == his


def test_page_of_an_account_says_what_protects_it(desk, finn):
    desk_of(finn)

    facts = desk.get(page_of(finn)).content.decode()

    for said in ("has a second factor", "recovery codes left", "open sessions", "Last login"):
        assert said.lower() in facts.lower()


def test_own_account_page_is_everybodys(db):
    nobody = desk_of(somebody("nell"))

    page = nobody.get("/staff/my-account/").content.decode()

    assert "You have no role yet." in page
    assert nobody.get("/staff/auth/user/").status_code == 403


def test_groups_are_as_the_table_says_and_no_form_changes_them():
    boss = desk_of(StaffFactory(username="ada", is_superuser=True))
    group = Group.objects.get(name="Editor")

    assert boss.get(reverse("admin:auth_group_change", args=[group.pk])).status_code == 200
    assert boss.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "x"}).status_code == 403
