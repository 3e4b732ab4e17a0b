import pytest
from django.core.management import CommandError, call_command

from blueheart.trail.models import Entry
from donations import ledger, open_books
from donations.models import BooksTotal, DayTotal, LedgerTotal
from donations.services import recounting
from tests.donations.factories import CampaignFactory, staff_member
from tests.donations.true_books import booked, the_fund

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted():
    booked(amount_minor=2500)
    booked(amount_minor=300000, currency="JPY", campaign=CampaignFactory())
    the_fund(staff_member())
    ledger.close_windows()


def totals():
    months = BooksTotal.objects.exclude(debits_minor=0, credits_minor=0)
    days = DayTotal.objects.exclude(debits_minor=0, credits_minor=0)
    campaigns = LedgerTotal.objects.exclude(received_minor=0, refunded_minor=0, disputed_minor=0, donations=0)
    return (
        set(months.values_list("month", "account", "currency", "debits_minor", "credits_minor")),
        set(days.values_list("day", "account", "currency", "debits_minor", "credits_minor")),
        set(campaigns.values_list("campaign", "currency", "received_minor", "refunded_minor", "donations")),
    )


def test_true_totals_are_left_alone(counted):
    before = totals()

    assert recounting.differences() == recounting.repair() == []
    assert totals() == before
    assert not Entry.objects.filter(action="books.recounted").exists()
    call_command("recount_books")


def test_wrong_missing_and_invented_totals_are_found_and_made_right(counted):
    before = totals()
    BooksTotal.objects.filter(account="WRITE_OFFS").update(debits_minor=1)
    BooksTotal.objects.filter(account="GRANTS").delete()
    BooksTotal.objects.create(month="2020-01-01", account="BANK", currency="KES", debits_minor=5)
    days_of_fees = DayTotal.objects.filter(account="PROCESSING_FEES").update(debits_minor=1)
    DayTotal.objects.filter(account="DONATION_INCOME", currency="JPY").delete()
    DayTotal.objects.create(day="2020-01-01", account="DISPUTES", currency="KES", debits_minor=5)
    LedgerTotal.objects.filter(campaign=None).update(donations=99)
    LedgerTotal.objects.filter(currency="JPY").delete()
    LedgerTotal.objects.create(currency="KES", received_minor=7)

    with pytest.raises(CommandError, match="totals are wrong"):
        call_command("recount_books")
    assert totals() != before
    call_command("recount_books", "--repair")

    assert totals() == before
    assert recounting.differences() == []
    assert Entry.objects.get(action="books.recounted").detail == {"totals_repaired": 8 + days_of_fees}


def test_what_no_window_has_counted_is_still_counted_once(counted):
    booked(amount_minor=1000)
    BooksTotal.objects.filter(account="DONATION_INCOME", currency="USD").update(credits_minor=0)

    recounting.repair()
    assert open_books.read().amount(open_books.RECEIVED, "USD") == 2500
    ledger.close_windows()

    assert open_books.read().amount(open_books.RECEIVED, "USD") == 3500
    assert recounting.differences() == []
