"""Every file in one way: Ada chooses it, sees what it says, confirms it, and takes it back as a whole."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from blueheart.imports import flow
from blueheart.imports.models import FileImport
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from donations.books import findings
from donations.exchange_rates import rate_on
from donations.models import BankStatement, ExchangeRate
from pledges.models import Group
from tests.campaigns.factories import CampaignFactory, DataPointFactory, DataTableFactory
from tests.donations.bank_files import Moved, camt
from tests.donations.factories import bank_account
from tests.donations.money_desk import member
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory

pytestmark = pytest.mark.usefixtures("db")

RATES = "Code,Rate,Effective date\nEUR,0.92,2026-03-01\nJPY,150.5,2026-03-01\n"
GROUPS = (
    "name,kind,country,target,language,keeper_name,keeper_email,pupils,about\n"
    "Blue School,school,PT,200,pt,,,yes,\n"
    "Harbour Works,company,KE,50,en,Kim,kim@example.org,,We mend boats.\n"
)
TABLE = "row,column,value\nAfrica,Women,12.5\nAsia,Women,3\n"
GIFT = Moved(2500, "B-1", "Dora Donor", "thank you", iban="ZZ02DORA")


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada"))


@pytest.fixture
def campaign():
    return CampaignFactory()


def upload(desk, kind: str, content: str | bytes, *, into: str = "", **said):
    data = content.encode() if isinstance(content, str) else content
    address = reverse("admin:import_new", args=[kind]) + (f"?into={into}" if into else "")
    return desk.post(address, {"file": SimpleUploadedFile("file.csv", data), **said}, follow=True)


def press(desk, act: str, **said):
    file = FileImport.objects.latest("pk")
    return desk.post(reverse("admin:import_file", args=[file.pk]), {"act": act, **said}, follow=True)


def status() -> str:
    return FileImport.objects.latest("pk").status


def test_whoever_looks_at_a_file_that_waits_is_written_down(desk, campaign):
    upload(desk, "groups", GROUPS, campaign=campaign.pk)
    file = FileImport.objects.latest("pk")

    press(desk, "drop")
    desk.get(reverse("admin:import_file", args=[file.pk]))

    seen = Entry.objects.filter(action__endswith=".viewed").values_list("target_type", "target_id", "detail")
    assert list(seen) == [("imports.fileimport", str(file.pk), {"page": "import"})]


def test_a_file_is_seen_before_anything_of_it_is_written(desk):
    page = upload(desk, "exchange-rates", RATES, source="UN")

    text = page.content.decode()
    assert "2 rows. Nothing is written yet." in text
    assert "150.5" in text
    assert not ExchangeRate.objects.exists()
    assert not Entry.objects.filter(action="exchange-rates.imported").exists()


def test_confirmed_it_is_written_once_and_its_content_forgotten(desk):
    upload(desk, "exchange-rates", RATES, source="UN")

    first, second = press(desk, "confirm"), press(desk, "confirm")

    assert "2 rates are new." in first.content.decode()
    assert "This file does not wait any more" in second.content.decode()
    assert ExchangeRate.objects.count() == 2
    assert bytes(FileImport.objects.get().content) == b""
    assert Entry.objects.get(action="file.imported").detail["kind"] == "exchange-rates"


def test_every_mistake_is_named_by_its_line_and_nothing_can_be_confirmed(desk):
    page = upload(desk, "exchange-rates", RATES + "<script>,1,2026-03-01\n", source="UN")

    text = page.content.decode()
    assert "1 mistake. Nothing was written." in text
    assert "“&lt;script&gt;” is no code" in text
    assert 'value="confirm"' not in text
    assert "cannot be imported as it is" in press(desk, "confirm").content.decode()
    assert not ExchangeRate.objects.exists()


def test_rates_are_taken_back_and_may_come_again(desk):
    upload(desk, "exchange-rates", RATES, source="UN")
    press(desk, "confirm")

    press(desk, "undo", why="the wrong month")

    assert rate_on("EUR", dt.date(2026, 3, 5)) is None
    assert status() == "undone"
    upload(desk, "exchange-rates", RATES.replace("0.92", "0.93"), source="UN")
    press(desk, "confirm")
    assert float(rate_on("EUR", dt.date(2026, 3, 5)).units_per_usd) == 0.93


def test_a_withdrawn_rate_is_a_row_still_and_nothing_else_of_it_changes(desk):
    upload(desk, "exchange-rates", RATES, source="UN")
    press(desk, "confirm")
    press(desk, "undo", why="the wrong month")
    row = ExchangeRate.objects.filter(currency="EUR")

    for change in ({"units_per_usd": 2}, {"withdrawn_at": timezone.now()}, {"withdrawn_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()


def test_undo_wants_a_reason(desk):
    upload(desk, "exchange-rates", RATES, source="UN")
    press(desk, "confirm")

    page = press(desk, "undo", why="")

    assert "This field is required." in page.content.decode()
    assert status() == "done"


def test_a_statement_goes_the_same_way_and_back(desk):
    account = bank_account()
    page = upload(desk, "bank-statement", camt([GIFT]), account=account.pk)
    assert "Dora Donor" in page.content.decode()
    assert not BankStatement.objects.exists()

    page = press(desk, "confirm")
    assert "1 new line was imported." in page.content.decode()
    press(desk, "undo", why="of another account")

    assert BankStatement.objects.get().undone_at is not None
    assert findings() == []


def test_a_statement_undone_on_its_own_page_does_not_stand_here_either(desk):
    upload(desk, "bank-statement", camt([GIFT]), account=bank_account().pk)
    press(desk, "confirm")
    statement = BankStatement.objects.get()

    desk.post(reverse("admin:donations_bankstatement_undo", args=[statement.pk]), {"act": "undo", "why": "wrong"})

    page = desk.get(reverse("admin:import_file", args=[FileImport.objects.get().pk]))
    assert "imported, and taken back since" in page.content.decode()


def test_numbers_of_a_table_go_in_and_come_back(desk):
    table = DataTableFactory()
    DataPointFactory(table=table, position=1, label="Old", value=1)
    upload(desk, "data-table", TABLE, into=str(table.pk))

    press(desk, "confirm")
    assert list(table.points.values_list("label_en", flat=True)) == ["Africa", "Asia"]
    press(desk, "undo", why="last year’s")

    assert list(table.points.values_list("label_en", flat=True)) == ["Old"]


def test_newer_numbers_of_a_table_are_not_lost_by_an_undo(desk):
    table = DataTableFactory()
    upload(desk, "data-table", TABLE, into=str(table.pk))
    press(desk, "confirm")
    first = FileImport.objects.get()
    upload(desk, "data-table", TABLE.replace("12.5", "13"), into=str(table.pk))
    press(desk, "confirm")

    page = desk.post(reverse("admin:import_file", args=[first.pk]), {"act": "undo", "why": "x"})

    assert "The table has other numbers by now." in page.content.decode()
    assert float(table.points.get(label_en="Africa").value) == 13


def test_groups_of_a_list_are_open_at_once_and_keepers_are_asked(desk, campaign):
    page = upload(desk, "groups", GROUPS, campaign=campaign.pk)
    text = page.content.decode()
    assert "Blue School" in text
    assert "kim@example.org" not in text

    press(desk, "confirm")

    school, works = Group.objects.order_by("name")
    assert (school.is_open, school.is_of_pupils, works.keeper_email) == (True, True, "kim@example.org")
    assert Message.objects.get(kind="group-confirm").subject_id == works.pk


def test_the_same_list_again_is_refused(desk, campaign):
    for _turn in range(2):
        upload(desk, "groups", GROUPS, campaign=campaign.pk)
        page = press(desk, "confirm")

    assert "There are such groups already" in page.content.decode()
    assert Group.objects.count() == 2


def test_groups_are_taken_back_while_nobody_has_joined(desk, campaign):
    upload(desk, "groups", GROUPS, campaign=campaign.pk)
    press(desk, "confirm")
    press(desk, "undo", why="a draft")
    assert not Group.objects.exists()

    upload(desk, "groups", GROUPS, campaign=campaign.pk)
    press(desk, "confirm")
    HeartFactory(campaign=campaign, group=Group.objects.get(name="Harbour Works"))

    page = press(desk, "undo", why="a draft")

    assert "People have joined: Harbour Works." in page.content.decode()
    assert Group.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (("school", "castle"), "kind"),
        (("PT", "Portugal"), "country"),
        (("200", "0"), "target"),
        (("kim@example.org", "kim"), "keeper_email"),
        (("yes", "maybe"), "pupils"),
        (("We mend boats.", "See boats.example.org"), "about"),
        (("Harbour Works,company,KE", "Blue School,company,PT"), "name"),
    ],
)
def test_a_mistake_in_a_list_of_groups_is_named_by_its_column(desk, campaign, change, column):
    page = upload(desk, "groups", GROUPS.replace(*change), campaign=campaign.pk)

    assert [problem.column for problem in page.context["preview"].problems] == [column]


def test_a_file_that_is_too_large_is_not_kept(desk, campaign):
    page = upload(desk, "groups", "x" * 300_000, campaign=campaign.pk)

    assert "The file is too large" in page.content.decode()
    assert not FileImport.objects.exists()


def test_a_file_is_forgotten_by_a_press_or_after_a_day(desk, campaign, time_machine):
    upload(desk, "groups", GROUPS, campaign=campaign.pk)
    press(desk, "drop")
    assert (status(), bytes(FileImport.objects.get().content)) == ("dropped", b"")
    press(desk, "drop")

    upload(desk, "groups", GROUPS, campaign=campaign.pk)
    assert flow.due() == 0
    FileImport.objects.waiting().update(uploaded_at=timezone.now() - dt.timedelta(days=1, seconds=1))
    assert (flow.due(), flow.drop_old(), flow.due()) == (1, 1, 0)

    entries = Entry.objects.filter(action__in=["file.uploaded", "file.dropped"]).order_by("pk")
    assert [(entry.action, entry.actor and entry.actor.username) for entry in entries] == [
        ("file.uploaded", "ada"), ("file.dropped", "ada"), ("file.uploaded", "ada"), ("file.dropped", None),
    ]  # fmt: skip


def test_each_kind_wants_its_own_permission():
    bea = desk_of(member("bea", "import_exchangerate"))
    upload(bea, "exchange-rates", RATES, source="UN")
    lou = desk_of(member("lou", "import_bankstatement"))

    assert "Rates of exchange" in bea.get(reverse("admin:imports")).content.decode()
    assert "Rates of exchange" not in lou.get(reverse("admin:imports")).content.decode()
    assert lou.get(reverse("admin:import_new", args=["exchange-rates"])).status_code == 403
    assert press(lou, "confirm").status_code == 403
    assert desk_of(member("max", "view_donation")).get(reverse("admin:imports")).status_code == 403


def test_whoever_may_only_look_sees_files_and_changes_nothing():
    upload(desk_of(member("bea", "import_exchangerate")), "exchange-rates", RATES, source="UN")
    looker = StaffFactory(username="abe", is_superuser=False)
    looker.user_permissions.add(Permission.objects.get(codename="view_fileimport"))
    abe = desk_of(looker)

    assert "file.csv" in abe.get(reverse("admin:imports")).content.decode()
    assert press(abe, "confirm").status_code == 403
    assert not ExchangeRate.objects.exists()


def test_a_file_to_fill_in_is_read_as_it_comes(desk, campaign):
    content = desk.get(reverse("admin:import_example", args=["groups"])).content

    page = upload(desk, "groups", content, campaign=campaign.pk)

    assert page.context["preview"].total == 1
