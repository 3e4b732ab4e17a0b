"""Promised gifts at the desk: recorded, changed, paid and reversed, each shown once more before it is done."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.trail.models import Entry
from donations.instalments import Planned
from donations.models import Contributor, PromisedGift, PromisePayment
from office.home.heaps import HEAPS
from tests.donations.factories import TODAY, bank_account, contributor
from tests.donations.money_desk import member
from tests.donations.test_promised_gifts import balances, pay, promise, rows, true
from tests.office.factories import desk_of

pytestmark = pytest.mark.usefixtures("db")
LOOK = ["view_contributor", "view_promisedgift", "view_instalment", "view_promisepayment"]
ACTS = [
    "record_promisedgift",
    "write_off_promisedgift",
    "record_promisepayment",
    "add_contributor",
    "change_contributor",
]
SOON = dt.date.today() + dt.timedelta(days=20)  # noqa: DTZ011  the office's own day


@pytest.fixture
def desk():
    """The desk of Ada, who may do everything with promised gifts."""
    return desk_of(member("ada", *LOOK, *ACTS))


def page_of(name, *args):
    return reverse(f"admin:donations_{name}", args=args)


def form_of(answer):
    """The fields of a page as a browser sends them back."""
    html = answer.content.decode()
    names = re.findall(r'<input type="(?:hidden|text|date|number)" name="([\w-]+)" value="([^"]*)"', html)
    areas = re.findall(r'<textarea name="([\w-]+)"[^>]*>\s*([^<]*)</textarea>', html)
    chosen = re.findall(r'<select name="([\w-]+)".*?<option value="([^"]*)" selected', html, re.DOTALL)
    return {name: value for name, value in [*names, *areas, *chosen] if name != "csrfmiddlewaretoken"}


def does(desk, url, act, **typed):
    """Fill in, look at what is shown once more, press again; twice, as an impatient person would."""
    shown = desk.post(url, form_of(desk.get(url)) | typed | {"act": act})
    assert 'name="confirmed"' in shown.content.decode(), re.findall(r"errorlist.*?</ul>", shown.content.decode())
    sent = form_of(shown) | {"act": act}
    answers = [desk.post(url, sent) for _time in range(2)]
    assert [answer.status_code for answer in (answers[0], desk.get(answers[0].url))] == [302, 200]
    return shown.content.decode()


def test_a_governments_promise_is_recorded_in_instalments(desk):
    added = desk.post(
        page_of("contributor_add"),
        {"kind": "government", "name": "Ministry of Finance", "country": "DE", "is_public": "on", "language": "fr",
         "contact_email": "office@ministry.example"},
    )  # fmt: skip
    giver = Contributor.objects.get()
    assert added.status_code == 302
    entry = Entry.objects.get(action="contributor.created")
    assert "ministry" not in str(entry.detail).lower()
    url = page_of("promisedgift_record", giver.pk)
    shown = does(desk, url, "record", amount="1,000,000", number="3", first_due_on="2027-01-31", every="quarter")
    assert "US$333,333.34" in shown
    gift = PromisedGift.objects.get()
    assert rows(gift, "amount_minor", "due_on") == [
        (33333333, dt.date(2027, 1, 31)), (33333333, dt.date(2027, 4, 30)), (33333334, dt.date(2027, 7, 31)),
    ]  # fmt: skip
    assert ">Continue</button>" in desk.get(url).content.decode()  # nothing is recorded by the first press
    assert ">Record</button>" in shown
    page = desk.get(page_of("promisedgift_change", gift.pk)).content.decode()
    for words in ("Germany", "US$1,000,000.00", "US$333,333.34", "2027", "Promised gifts, receivable"):
        assert words in page
    true()


def test_a_government_has_its_country(desk):
    answer = desk.post(page_of("contributor_add"), {"kind": "government", "name": "Somewhere", "language": "en"})
    assert "of which country" in answer.content.decode()


def test_instalments_may_be_typed_one_by_one(desk):
    url = page_of("promisedgift_record", contributor().pk)
    answer = desk.post(
        url, form_of(desk.get(url)) | {"amount": "100", "lines": "2027-01-31 60\nsoon 40", "act": "record"}
    )
    assert "Line 2 has to be a day and an amount" in answer.content.decode()
    does(desk, url, "record", amount="100", lines="2027-01-31 60.50\n\n2027-12-31 39.50")
    assert rows(PromisedGift.objects.get()) == [6050, 3950]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"amount": "ten"}, "in figures"),
        ({"amount": "100", "number": ""}, "how many instalments"),
        ({"amount": "0.02", "number": "3", "first_due_on": "2027-01-01"}, "So little"),
        ({"amount": "100", "number": "120", "first_due_on": "9990-01-01"}, "too far away"),
        ({"amount": "100", "lines": "2027-01-31 99"}, "is missing"),
    ],
)
def test_a_promise_that_cannot_be_read_is_said_in_the_form(desk, typed, says):
    url = page_of("promisedgift_record", contributor().pk)
    page = desk.post(url, form_of(desk.get(url)) | typed | {"act": "record", "confirmed": "yes"})
    assert says in page.content.decode()
    assert not PromisedGift.objects.exists()


def test_the_acts_on_a_promise_do_once_what_they_show(desk):
    gift = promise(300_00, 300_00, 400_00)
    pay(gift, 100_00)
    shown = does(desk, page_of("promisedgift_amount", gift.pk), "change", amount="1200", why="they add some")
    assert "US$200.00" in shown
    assert (rows(gift), balances()["PROMISED_GIFTS_RECEIVABLE", "USD"]) == ([34444, 36666, 48890], 1100_00)
    url = page_of("promisedgift_schedule", gift.pk)
    assert form_of(desk.get(url))["lines"].split() == [
        "2026-03-01", "244.44", "2027-03-01", "366.66", "2028-03-01", "488.90",
    ]  # fmt: skip
    does(desk, url, "change", lines="", number="2", first_due_on="2027-06-30", every="year", why="a new treaty")
    assert rows(gift) == [10000, 55000, 55000]
    first = gift.instalments.get(number=2)
    shown = does(desk, page_of("promisedgift_write_off", gift.pk), "write-off", instalment=str(first.pk), why="lost")
    assert "US$550.00" in shown
    does(desk, page_of("promisedgift_cancel", gift.pk), "cancel", why="they say so")
    assert rows(gift, "paid_minor", "written_off_minor", "cancelled_minor") == [
        (10000, 0, 0), (0, 55000, 0), (0, 0, 55000),
    ]  # fmt: skip
    page = desk.get(page_of("promisedgift_change", gift.pk)).content.decode()
    for words in ("written off", "they add some", "a new treaty", "they say so", "ada"):
        assert words in page
    assert gift.changes.count() == 5
    true()


def test_a_payment_is_recorded_as_suggested(desk):
    gift = promise(300_00, 300_00)
    url = page_of("promisepayment_record", gift.contributor_id)
    shown = does(desk, url, "record", amount="450", received_on="2026-03-01", reference="ABC 1")
    assert 'value="300"' in shown
    assert 'value="150"' in shown
    payment = PromisePayment.objects.get()
    assert (payment.reference, rows(gift, "paid_minor")) == ("ABC 1", [(30000,), (15000,)])
    page = desk.get(page_of("promisepayment_change", payment.pk)).content.decode()
    assert gift.public_id in page
    assert "US$150.00" in page
    assert payment.public_id in desk.get(page_of("promisedgift_change", gift.pk)).content.decode()
    true()


def test_staff_may_change_what_a_payment_settles(desk):
    gift = promise(300_00, 300_00)
    first, second = gift.instalments.all()
    url = page_of("promisepayment_record", gift.contributor_id)
    shown = desk.post(url, form_of(desk.get(url)) | {"amount": "350", "received_on": "2026-03-01"})
    sent = form_of(shown) | {f"part-{first.pk}": "", f"part-{second.pk}": "400"}
    assert "More is settled than was received" in desk.post(url, sent).content.decode()
    assert not PromisePayment.objects.exists()
    desk.post(url, sent | {f"part-{second.pk}": "300"})
    assert rows(gift, "paid_minor") == [(0,), (30000,)]
    assert balances()["PROMISED_GIFT_INCOME", "USD"] == -650_00
    true()


def test_a_payment_in_another_currency_says_what_it_settles(desk):
    gift = promise(300_00, 300_00)
    url = page_of("promisepayment_record", gift.contributor_id)
    typed = form_of(desk.get(url)) | {"amount": "400", "currency": "EUR", "received_on": "2026-03-01"}
    assert "no UN rate from EUR to USD" in desk.post(url, typed).content.decode()
    assert "state both" in desk.post(url, typed | {"settles": "450"}).content.decode()
    shown = does(
        desk, url, "record", amount="400", currency="EUR", received_on="2026-03-01", settles="450",
        settles_currency="USD",
    )  # fmt: skip
    assert "US$450.00" in shown
    assert rows(gift, "paid_minor") == [(30000,), (15000,)]
    true()


def test_a_payment_is_reversed_unless_the_bank_says_that_it_came(desk):
    gift = promise(300_00)
    payment = pay(gift, 300_00)
    url = page_of("promisepayment_reverse", payment.pk)
    statement = bank_account().statements.create(
        file_name="a.csv", digest="0" * 64, format="csv", imported_by=payment.recorded_by
    )
    line = statement.lines.create(
        position=1, booked_on=TODAY, amount_minor=30000, currency="USD", fingerprint="1" * 64, status="matched"
    )
    match = line.matches.create(amount_minor=30000, promise_payment=payment, matched_by=payment.recorded_by)
    refused = desk.post(url, {"why": "a mistake", "act": "reverse", "confirmed": "yes"})
    assert "undo the match" in refused.content.decode()
    type(line).objects.filter(pk=line.pk).update(status="new")
    type(match).objects.filter(pk=match.pk).update(undone_at=dt.datetime.now(dt.UTC))
    does(desk, url, "reverse", why="a mistake")
    payment.refresh_from_db()
    assert (payment.status, rows(gift, "paid_minor")) == ("reversed", [(0,)])


def test_what_is_overdue_has_a_list_and_a_line_on_the_home(desk):
    gift = promise(300_00, 300_00, instalments=[Planned(300_00, TODAY), Planned(300_00, SOON)])
    promise(100_00, contributor=contributor("Somebody else"), instalments=[Planned(100_00, SOON)])
    late = desk.get(f"{page_of('instalment_changelist')}?due=overdue").content.decode()
    assert gift.public_id in late
    assert "Somebody else" not in late
    assert f'<td class="field-days_late">{(dt.datetime.now(dt.UTC).date() - TODAY).days}</td>' in late
    soon = desk.get(f"{page_of('instalment_changelist')}?due=soon").content.decode()
    assert "Somebody else" in soon
    promises = desk.get(f"{page_of('promisedgift_changelist')}?due=overdue&status__exact=open").content.decode()
    assert gift.public_id in promises
    assert "Somebody else" not in promises
    (heap,) = [heap for heap in HEAPS if heap.query == "due=overdue"]
    assert heap.counted().count() == 1
    assert "that are overdue" in desk.get(reverse("admin:index")).content.decode()


def test_lists_cost_the_same_however_long_they_are(desk):
    costs = []
    for number in (1, 5):
        while PromisedGift.objects.count() < number:
            gift = promise(300_00, 300_00, contributor=contributor(f"Giver {PromisedGift.objects.count()}"))
            pay(gift, 400_00)
        for model in ("contributor", "promisedgift", "instalment", "promisepayment"):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert desk.get(page_of(f"{model}_changelist")).status_code == 200
            costs.append(len(queries))
    assert costs[:4] == costs[4:]
    assert max(costs) <= 15


def test_each_act_wants_its_permission(desk):
    gift = promise(300_00)
    payment = pay(gift, 100_00)
    onlooker = desk_of(member("olga", *LOOK))
    pages = [
        page_of("promisedgift_record", gift.contributor_id), page_of("promisepayment_record", gift.contributor_id),
        *(page_of(f"promisedgift_{act}", gift.pk) for act in ("amount", "schedule", "write_off", "cancel")),
        page_of("promisepayment_reverse", payment.pk),
    ]  # fmt: skip
    assert [onlooker.get(page).status_code for page in pages] == [403] * 7
    assert [desk.get(page).status_code for page in pages] == [200] * 7
    for name, row in (("promisedgift", gift), ("promisepayment", payment), ("contributor", gift.contributor)):
        page = onlooker.get(page_of(f"{name}_change", row.pk)).content.decode()
        assert "…</a></li>" not in page
        assert "…</a></li>" in desk.get(page_of(f"{name}_change", row.pk)).content.decode()
    assert desk.post(page_of("contributor_delete", gift.contributor_id), {"post": "yes"}).status_code == 403
    assert desk.get(page_of("promisedgift_change", "nonsense")).status_code == 302


def test_nobody_looks_without_permission():
    stranger = desk_of(member("sam"))
    promise(300_00)
    for model in ("contributor", "promisedgift", "instalment", "promisepayment"):
        assert stranger.get(page_of(f"{model}_changelist")).status_code == 403
    assert Permission.objects.filter(codename__in=[*LOOK, *ACTS]).count() == len(LOOK) + len(ACTS)
