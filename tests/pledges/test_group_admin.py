"""Groups in the office: decided by acts, each with its trail and its mail."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.refusals import RefusedError
from blueheart.trail.models import Entry
from office.home.heaps import HEAPS
from pledges.models import Group, GroupTally, KeeperLink, PaperSheet
from pledges.services import counting, groups, keepers
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import GroupFactory, PaperSheetFactory
from tests.pledges.group_desk import KEEPER, link_for, mailed_link

pytestmark = pytest.mark.django_db
LIST = "/staff/pledges/group/"


@pytest.fixture
def ada():
    """Ada may do everything."""
    return desk_of(StaffFactory(username="ada"))


@pytest.fixture
def olu():
    """Olu may look at groups and decides nothing."""
    user = StaffFactory(username="olu", is_superuser=False)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_group", "view_papersheet"]))
    return desk_of(user)


def decide(client, group, act, **said):
    return client.post(f"{LIST}{group.pk}/decide/", {"act": act, **said})


def waiting(**changes) -> Group:
    return GroupFactory(status="waiting", keeper_email=KEEPER, **changes)


def acts() -> list[str]:
    entries = Entry.objects.acts().filter(action__startswith="group.").order_by("pk")
    return list(entries.values_list("action", flat=True))


def subjects() -> list[str]:
    send_due()
    return [letter.subject for letter in mail.outbox if letter.to == [KEEPER]]


def test_approving_opens_the_group_and_tells_the_keeper(ada, client):
    group = waiting(language="en")
    assert client.get(f"/en/groups/{group.code}/").status_code == 404

    assert decide(ada, group, "approve").status_code == 302

    group.refresh_from_db()
    assert group.is_open
    assert group.decided_by.username == "ada"
    assert acts() == ["group.approved"]
    assert subjects() == ["Your Blue Heart group is open"]
    for paper in ("poster.pdf", "sheet.pdf"):
        assert f"/en/groups/{group.code}/{paper}" in mail.outbox[0].body
    assert client.get(f"/en/groups/{group.code}/").status_code == 200


def test_refusing_needs_a_reason_which_the_keeper_reads(ada):
    group = waiting()
    assert "Say why" in decide(ada, group, "refuse").content.decode()
    decide(ada, group, "refuse", why="We found no such school.")

    assert (Group.objects.get().status, Group.objects.get().refused_for) == ("refused", "We found no such school.")
    assert acts() == ["group.refused"]
    assert subjects() == ["About your Blue Heart group"]
    assert "We found no such school." in mail.outbox[0].body


def test_closing_and_opening_again_each_tell_the_keeper(ada):
    group = GroupFactory(keeper_email=KEEPER)
    decide(ada, group, "close")
    assert Group.objects.get().status == "closed"
    assert subjects() == ["Your Blue Heart group is closed"]
    Group.objects.update(decided_at=timezone.now() - dt.timedelta(minutes=1))
    decide(ada, group, "approve")
    assert Group.objects.get().is_open
    assert acts() == ["group.closed", "group.approved"]
    assert subjects()[1:] == ["Your Blue Heart group is open"]


def test_what_does_not_fit_the_state_is_refused(ada, django_user_model):
    group = waiting()
    assert "Close" not in decide(ada, group, "close").content.decode().split("submit-row")[1]
    request = RequestFactory().get("/")
    request.user = user = django_user_model.objects.get(username="ada")
    unconfirmed = waiting(keeper_confirmed_at=None)
    assert "has not confirmed" in decide(ada, unconfirmed, "approve").content.decode()
    with pytest.raises(RefusedError):
        groups.close(group, by=user, request=request)
    groups.approve(group, by=user, request=request)
    for act in (lambda: groups.approve(group, by=user, request=request),
                lambda: groups.refuse(group, why="x", by=user, request=request),
                lambda: groups.settle_about(group, is_good=True, request=request)):  # fmt: skip
        with pytest.raises(RefusedError):
            act()


@pytest.mark.parametrize(("act", "shown"), [("show-words", "By the sea"), ("drop-words", "Old words")])
def test_new_words_are_shown_after_staff_have_read_them(ada, client, act, shown):
    group = GroupFactory(about="Old words", about_to_read="By the sea")
    assert "By the sea" in ada.get(f"{LIST}{group.pk}/decide/").content.decode()
    decide(ada, group, act)
    group.refresh_from_db()
    assert (group.about, group.about_to_read) == (shown, "")
    assert shown in client.get(group.get_absolute_url()).content.decode()


def test_a_group_without_keeper_gets_a_new_one_who_confirms(ada, client):
    group = GroupFactory(keeper_name="", keeper_email="")
    old = GroupFactory(keeper_email="old@example.org")
    link = link_for(old)
    ada.post(f"{LIST}{group.pk}/keeper/", {"act": "keeper", "keeper_name": "Kim", "email": "KIM@example.org"})
    ada.post(f"{LIST}{old.pk}/keeper/", {"act": "keeper", "keeper_name": "Lee", "email": "lee@example.org"})

    assert "does not work" in client.get(link).content.decode()
    group.refresh_from_db()
    assert (group.keeper_name, group.keeper_email, group.is_open) == ("Kim", KEEPER, True)
    assert not keepers.groups_of(KEEPER).exists()
    assert subjects() == ["Please confirm that you keep a Blue Heart group"]
    mail.outbox = [letter for letter in mail.outbox if letter.to == [KEEPER]]
    client.post(mailed_link())
    assert list(keepers.groups_of(KEEPER)) == [group]
    assert "group.keeper-set" in acts()
    assert KEEPER not in str(list(Entry.objects.values()))


def test_a_list_is_taken_back_by_staff(ada):
    sheet = PaperSheetFactory(hearts=30)
    page = f"/staff/pledges/papersheet/{sheet.pk}/take-back/"
    assert ada.get(page).status_code == 200
    ada.post(page, {"act": "take-back"})
    ada.post(page, {"act": "take-back"})
    counting.close_windows()
    assert GroupTally.objects.get().on_paper == 0
    assert acts() == ["group.sheet-taken-back"]


def test_who_may_only_look_decides_nothing(olu):
    sheet = PaperSheetFactory(group=waiting())
    group = sheet.group
    assert olu.get(LIST).status_code == 200
    assert olu.get(f"{LIST}{group.pk}/change/").status_code == 200
    for page in (
        f"{LIST}{group.pk}/decide/",
        f"{LIST}{group.pk}/keeper/",
        f"/staff/pledges/papersheet/{sheet.pk}/take-back/",
    ):
        assert olu.get(page).status_code == 403
        assert olu.post(page, {"act": "approve"}).status_code == 403
    assert olu.post(f"{LIST}{group.pk}/change/", {"name": "X"}).status_code == 403
    assert olu.post(f"{LIST}add/").status_code == 403


@pytest.mark.parametrize(("path", "make"), [(LIST, GroupFactory), ("/staff/pledges/papersheet/", PaperSheetFactory)])
def test_lists_cost_the_same_at_one_and_at_many_rows(ada, path, make):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert ada.get(path).status_code == 200
        return len(asked)

    make()
    few = queries()
    make.create_batch(30)
    assert queries() == few <= 15


def test_lists_hide_addresses_and_find_them_whole(ada):
    group = GroupFactory(keeper_email=KEEPER, name="Liceu")
    GroupFactory(name="Escola")

    def found(**query):
        return [row.name for row in ada.get(LIST, query).context["cl"].result_list]

    assert KEEPER not in ada.get(LIST).content.decode()
    assert found(q="Kim@example.org") == found(q="lic") == found(q=group.code) == ["Liceu"]
    assert found(q="kim@") == []
    assert ada.get(LIST, {"keeper_email__startswith": "k"}).status_code in (302, 400)
    assert found(keeper="confirmed") == ["Escola", "Liceu"]
    assert found(keeper="unconfirmed") == found(keeper="none") == found(words="waiting") == []


def test_heaps_lead_to_the_groups_that_wait(ada):
    due = waiting()
    waiting(keeper_confirmed_at=None)
    words = GroupFactory(about_to_read="New")
    for heap in (heap for heap in HEAPS if heap.model is Group):
        shown = ada.get(f"{LIST}?{heap.query}").context["cl"].queryset
        assert list(shown) == list(heap.counted()) == ([due] if "status" in heap.query else [words])


def test_groups_and_sheets_are_not_written_by_hand(ada):
    group = GroupFactory()
    assert ada.post(f"{LIST}{group.pk}/delete/").status_code == 403
    assert ada.get(f"{LIST}{group.pk}/change/").status_code == 200
    assert KeeperLink.objects.count() == PaperSheet.objects.count() == 0
