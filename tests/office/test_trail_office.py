"""What Ada asks the trail in the office, and what every form of the office leaves in it."""

import datetime as dt

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from blueheart.admin.base import DeskAdmin, KeptInTrail
from blueheart.trail.models import Entry
from blueheart.trail.record import record
from blueheart.trail.sealing import last_seal, seal_closed_minutes
from campaigns.models import Fact
from donations.models import BankAccount
from office.admin.trail import recent
from office.jobs import check_audit
from pledges.models import PreceptOffer
from tests.campaigns.factories import CampaignFactory, FactFactory
from tests.donations.factories import bank_account, staff_member
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import OfferFactory, PledgeFactory, WordingFactory

LIST = reverse("admin:trail_entry_changelist")
# Their forms write the trail by the service or the class that is named.
WRITTEN_ELSEWHERE = {
    "auth.User": "office.accounts: roles, standing and passwords have acts of their own, and mails",
    "otp_totp.TOTPDevice": "office.accounts.take_second_factor",
    "pledges.QuietAddress": "pledges.services.quiet.silence: only a digest of the address is stored",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada"))


def actions(**asked):
    return list(Entry.objects.filter(**asked).order_by("pk").values_list("action", flat=True))


def found(desk, **asked):
    answer = desk.get(LIST, asked)
    assert answer.status_code == 200
    return [entry.action for entry in answer.context["cl"].result_list if not entry.action.startswith("entry.")]


# Every form


def everything_may_be_done():
    request = RequestFactory().get("/")
    request.user = StaffFactory(username="root")
    request.resolver_match = None
    return request


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=lambda model: model._meta.label), ids=str)
def test_whatever_a_form_writes_is_kept(model):
    model_admin, request = admin.site._registry[model], everything_may_be_done()
    may = [getattr(model_admin, f"has_{act}_permission")(request) for act in ("add", "change", "delete")]

    assert isinstance(model_admin, DeskAdmin) or not any(may)
    assert "delete_selected" not in model_admin.get_actions(request)
    if any(may) and model._meta.label not in WRITTEN_ELSEWHERE:
        assert isinstance(model_admin, KeptInTrail)
    if model_admin.list_editable or model_admin.inlines:
        inlines = model_admin.get_inline_instances(request)
        assert isinstance(model_admin, KeptInTrail) or not any(
            inline.has_add_permission(request, None) or inline.has_change_permission(request) for inline in inlines
        )


def test_rows_of_an_inline_are_kept_each_by_its_own_key(desk):
    precept = WordingFactory(offered=False).precept
    stays, goes = (OfferFactory(precept=precept, campaign=CampaignFactory(), order=1) for _ in range(2))
    other = CampaignFactory()
    rows = [(stays.pk, stays.campaign_id, 7, ""), (goes.pk, goes.campaign_id, 1, "on"), ("", other.pk, 3, "")]
    fields = {"offers-TOTAL_FORMS": 3, "offers-INITIAL_FORMS": 2}
    for number, (pk, campaign, order, is_deleted) in enumerate(rows):
        start = f"offers-{number}"
        fields |= {f"{start}-id": pk, f"{start}-precept": precept.pk, f"{start}-campaign": campaign}
        fields |= {f"{start}-order": order} | ({f"{start}-DELETE": "on"} if is_deleted else {})

    answer = desk.post(reverse("admin:pledges_precept_change", args=[precept.pk]), fields)

    assert answer.status_code == 302
    new = PreceptOffer.objects.get(campaign=other)
    kept = Entry.objects.filter(action__startswith="precept-offer.").order_by("action")
    of = f"pledges.precept {precept.pk}"
    assert [(entry.action, entry.target_id, entry.detail) for entry in kept] == [
        ("precept-offer.changed", str(stays.pk), {"of": of, "fields": ["order"]}),
        ("precept-offer.created", str(new.pk), {"of": of}),
        ("precept-offer.deleted", str(goes.pk), {"of": of}),
    ]


def test_nothing_is_written_to_a_second_log(desk):
    account = bank_account()
    fields = {name: getattr(account, name) for name in ("name", "holder", "bank", "iban", "bic", "currency")}
    desk.post(reverse("admin:donations_bankaccount_change", args=[account.pk]), fields | {"name": "Fund"})
    desk.post(reverse("admin:donations_bankaccount_delete", args=[account.pk]), {"post": "yes"})

    assert not BankAccount.objects.filter(pk=account.pk).exists()
    assert actions(target_type="donations.bankaccount") == ["bank-account.changed", "bank-account.deleted"]
    assert not LogEntry.objects.exists()


def test_a_form_that_changes_nothing_leaves_no_line(desk):
    account = bank_account()
    fields = {name: getattr(account, name) for name in ("name", "holder", "bank", "iban", "bic", "currency")}
    fields |= {"is_shown": "on"} if account.is_shown else {}

    desk.post(reverse("admin:donations_bankaccount_change", args=[account.pk]), fields)

    assert actions(target_type="donations.bankaccount") == []


# Asking


@pytest.fixture
def acts():
    """Three acts of two people, from two places, on two days."""
    bea, pledge = staff_member("bea"), PledgeFactory()
    Entry.objects.create(
        action="pledge.hidden", actor=bea, target_type="pledges.pledge", target_id=str(pledge.pk), address="192.0.2.1",
        at=dt.datetime(2026, 5, 1, 23, 59, tzinfo=dt.UTC), why="abuse",
    )  # fmt: skip
    Entry.objects.create(
        action="pledge.unhidden", target_type="pledges.pledge", target_id="999", address="198.51.100.7",
        at=dt.datetime(2026, 5, 2, tzinfo=dt.UTC),
    )  # fmt: skip
    Entry.objects.create(
        action="refund.asked", actor=bea, target_type="donations.refund", target_id=str(pledge.pk),
        at=dt.datetime(2026, 5, 3, tzinfo=dt.UTC),
    )  # fmt: skip
    return bea, pledge


def test_the_trail_is_asked_by_what_who_which_row_where_and_when(desk, acts):
    bea, pledge = acts

    assert found(desk) == ["refund.asked", "pledge.unhidden", "pledge.hidden"]
    assert found(desk, q="pledge.") == ["pledge.unhidden", "pledge.hidden"]
    assert found(desk, who=bea.pk) == ["refund.asked", "pledge.hidden"]
    assert found(desk, kind="pledges.pledge", row=pledge.pk) == ["pledge.hidden"]
    assert found(desk, source="198.51.100.7") == ["pledge.unhidden"]
    assert found(desk, since="2026-05-02", until="2026-05-02") == ["pledge.unhidden"]
    assert found(desk, until="2026-05-01") == ["pledge.hidden"]
    assert found(desk, who=bea.pk, q="refund", since="2026-05-01") == ["refund.asked"]


def test_a_question_that_cannot_be_understood_finds_nothing_and_says_so(desk, acts):
    page = desk.get(LIST, {"source": "Mallory", "since": "yesterday"})

    assert list(page.context["cl"].result_list) == []
    assert "Enter a valid date." in page.content.decode()


def test_what_is_typed_stays_in_the_form(desk, acts):
    page = desk.get(LIST, {"source": "198.51.100.7", "since": "2026-05-02", "q": "pledge"}).content.decode()

    assert 'value="198.51.100.7"' in page
    assert 'value="2026-05-02"' in page
    assert '<input type="hidden" name="q" value="pledge">' in page


def test_an_entry_says_readably_what_changed_and_leads_to_its_row(desk):
    pledge = PledgeFactory()
    detail = {
        "fields": ["order", "domain"],
        "order": ["1", "7"],
        "domain": ["", "example.org"],
        "done": True,
        "held": 3,
    }
    record("pledge.hidden", target=pledge, detail=detail | {"marks": ["a", "b"], "deep": {"name": None}})
    entry = Entry.objects.get(action="pledge.hidden")

    page = desk.get(reverse("admin:trail_entry_change", args=[entry.pk])).content.decode()

    assert "<bdi>1</bdi> → <bdi>7</bdi>" in page
    assert "<bdi>–</bdi> → <bdi>example.org</bdi>" in page
    assert "<bdi>a, b</bdi>" in page
    assert f'<a href="/staff/pledges/pledge/{pledge.pk}/change/">Pledge {pledge.pk}</a>' in page
    assert f'<a href="/staff/trail/entry/?kind=pledges.pledge&amp;row={pledge.pk}">' in page


@pytest.mark.parametrize("target_type", ["", "gone.model", "sessions.session", "nonsense"])
def test_an_entry_of_a_row_that_has_no_page_is_shown_too(desk, target_type):
    Entry.objects.create(action="thing.done", target_type=target_type, target_id="7" if target_type else "")

    assert found(desk) == ["thing.done"]


def test_the_list_of_the_trail_costs_the_same_for_many(desk, acts, django_assert_max_num_queries):
    for number in range(30):
        record("pledge.hidden", actor=StaffFactory(), target=PledgeFactory() if number < 3 else None)
    with django_assert_max_num_queries(15):
        desk.get(LIST, {"q": "pledge", "since": "2026-01-01"})


# A row's own history


def test_history_of_a_row_is_what_the_trail_says_of_it(desk):
    account = bank_account()
    record("bank-account.changed", target=account, actor=staff_member("bea"), detail={"fields": ["name"]}, why="typo")
    desk.get(reverse("admin:donations_bankaccount_change", args=[account.pk]))

    page = desk.get(reverse("admin:donations_bankaccount_history", args=[account.pk])).content.decode()

    assert "<bdi>bank-account.changed</bdi></a>: <bdi>name</bdi>" in page
    assert "bea" in page
    assert "typo" in page
    assert f"/staff/trail/entry/?kind=donations.bankaccount&amp;row={account.pk}" in page


def test_history_keeps_the_trail_to_itself_for_those_who_may_not_read_it():
    clerk, account = StaffFactory(username="clerk", is_superuser=False), bank_account()
    clerk.user_permissions.add(Permission.objects.get(codename="view_bankaccount"))
    desk = desk_of(clerk)
    Entry.objects.create(
        action="bank-account.changed",
        target_type="donations.bankaccount",
        target_id=str(account.pk),
        address="192.0.2.9",
    )
    pages = [f"/staff/donations/bankaccount/{account.pk}/{page}/" for page in ("history", "change")]

    history, form = (desk.get(page).content.decode() for page in pages)

    assert "bank-account.changed" in history
    assert "192.0.2.9" not in history
    assert "/staff/trail/entry/" not in history + form
    assert desk.get(f"/staff/donations/organisation/{account.pk}/history/").status_code == 404


def test_every_row_leads_to_all_that_the_trail_has_about_it(desk):
    fact = FactFactory()

    page = desk.get(reverse("admin:campaigns_fact_change", args=[fact.pk])).content.decode()

    assert f'<a href="/staff/trail/entry/?kind=campaigns.fact&amp;row={fact.pk}">Trail</a>' in page


def test_the_home_is_told_what_a_person_did_last_and_not_what_they_looked_at(django_assert_num_queries):
    ada, fact = StaffFactory(username="ada"), FactFactory()
    record("fact.changed", actor=ada, target=fact)
    record("pledge.viewed", actor=ada, target=PledgeFactory())
    record("office.signed-in", actor=ada)
    record("fact.changed", actor=StaffFactory(), target=fact)

    with django_assert_num_queries(1):
        (act,) = recent(ada)

    assert (act.entry.action, act.target) == ("fact.changed", f"Fact {fact.pk}")
    assert act.url == reverse("admin:campaigns_fact_change", args=[fact.pk])
    assert Fact.objects.exists()


# The night


def test_the_night_shouts_where_the_trail_was_altered_and_leaves_its_last_seal_in_the_log(caplog):
    caplog.set_level("INFO", logger="office.jobs")
    for minutes_ago in (9, 5):
        Entry.objects.create(action="pledge.hidden", at=timezone.now() - dt.timedelta(minutes=minutes_ago))
    seal_closed_minutes()
    assert check_audit() == 0
    assert f"the last seal of the trail: {last_seal().line}" in caplog.text

    Entry.objects.create(action="pledge.hidden", at=timezone.now() - dt.timedelta(minutes=20))

    assert check_audit() == 1
    assert "the trail was altered" in caplog.text
