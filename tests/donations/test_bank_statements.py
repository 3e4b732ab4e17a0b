"""Statements that come twice, in another order, overlapping, or at one instant; their lines matched, and all undone."""

import datetime as dt
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from blueheart.trail.models import Entry
from donations import ledger
from donations.bank import Hints, StatementError
from donations.books import findings
from donations.models import (
    BankLine,
    BankMatch,
    BankStatement,
    Donation,
    GrantPayment,
    LedgerEntry,
    Payout,
    PromisePayment,
)
from donations.services.bank_matching import (
    BankError,
    ForBank,
    ForContributor,
    ForDonor,
    ForGrant,
    ForRecord,
    heed_line,
    ignore_line,
    match_line,
    unmatch_line,
)
from donations.services.bank_statements import gap_before, import_statement, keep_as_own, undo_statement
from donations.services.offline_gifts import record_offline_gift, reverse_offline_gift
from donations.services.promise_payments import Settles, record_payment
from tests.donations.bank_files import Moved, camt, csv_file
from tests.donations.conftest import books
from tests.donations.factories import (
    NOW,
    balance_transaction,
    bank_account,
    contributor,
    donor,
    grant,
    offline_donation,
    promised_gift,
    staff_member,
)

DAY = dt.date(2026, 3, 2)
GIFT = Moved(2500, "B-1", "Dora Donor", "thank you")
PROMISED = Moved(70000, "B-2", "Ministry of Foreign Affairs", "first part")
FEE = Moved(-150, "B-3", "Test Bank", "account fee")
GRANTED = Moved(-40000, "B-4", "Safe Harbour", "grant")
MARCH = [GIFT, PROMISED, FEE, GRANTED]


def ada():
    return staff_member("ada")


def brought_in(content, account=None, name="march.xml", **options):
    return import_statement(account=account or bank_account(), file_name=name, content=content, by=ada(), **options)


def line_of(moved, account=None):
    """The one line of a file that brings a single movement."""
    return brought_in(csv_file([moved]), account).lines.get()


def statuses(statement):
    return Counter(statement.lines.values_list("status", flat=True))


def standing():
    """What counts: amount and counterparty of every line that is no duplicate and not undone."""
    lines = BankLine.objects.exclude(status__in=["duplicate", "undone"])
    return sorted(lines.values_list("amount_minor", "counterparty"))


def balances():
    """What stands on every account; what came to nothing is left out."""
    sums = Counter()
    for account, currency, amount_minor in books():
        sums[account, currency] += amount_minor
    return {key: amount_minor for key, amount_minor in sums.items() if amount_minor}


@pytest.fixture
def true_in_the_end(db):
    """Whatever a test does, the books are true: deferred rules are asked as well."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert findings() == []


def test_a_statement_is_written_down_line_by_line(true_in_the_end):
    statement = brought_in(camt(MARCH, number="3/2026"), name="march.xml")

    assert (statement.format, statement.number, statement.file_name) == ("camt.053", "3/2026", "march.xml")
    assert (statement.from_on, statement.until_on, statement.opening_minor, statement.closing_minor) == (
        DAY, DAY, 10000, 42350,
    )  # fmt: skip
    first = statement.lines.get(position=1)
    assert (first.amount_minor, first.currency, first.booked_on, first.status) == (2500, "USD", DAY, "unmatched")
    assert (first.counterparty, first.bank_reference, first.remittance) == ("Dora Donor", "B-1", "thank you")
    assert statuses(statement) == {"unmatched": 4}
    assert Entry.objects.get(action="bank-statement.imported").detail["new"] == 4


def test_the_same_statement_twice_reordered_and_overlapping_doubles_nothing(true_in_the_end):
    """Done when 3: imported twice, re-exported in another row order, and overlapping."""
    account = bank_account()
    april = Moved(900, "B-5", "Sam Supporter", "", dt.date(2026, 3, 9))
    brought_in(camt(MARCH), account)
    seen = standing()

    twice = brought_in(camt(MARCH), account)
    reordered = brought_in(camt(MARCH[::-1]), account)
    as_csv = brought_in(csv_file(MARCH), account)
    assert standing() == seen

    overlapping = brought_in(camt([*MARCH[2:], april]), account)

    assert [statuses(each)["duplicate"] for each in (twice, reordered, as_csv)] == [4, 4, 4]
    assert statuses(overlapping) == {"duplicate": 2, "unmatched": 1}
    assert standing() == sorted([*seen, (900, "Sam Supporter")])


def test_undoing_an_import_restores_the_balances_by_reversal(true_in_the_end):
    """Done when 3: an undo restores ledger balances by reversal, not by deletion; the same file comes in again."""
    giver, given = contributor(), grant(amount_minor=50000)
    promise = promised_gift((50000, 50000), contributor=giver)
    recorded = record_offline_gift(
        donor=donor(), amount_minor=2500, currency="USD", method="bank", received_on=DAY, by=ada()
    )
    before, rows_before = balances(), LedgerEntry.objects.count()
    statement = brought_in(camt(MARCH))
    gift, promised, fee, granted = statement.lines.order_by("position")
    match_line(gift, [ForRecord(2500, recorded)], by=ada())
    match_line(promised, [ForContributor(70000, giver)], by=ada())
    match_line(fee, [ForBank(-150, "account fee")], by=ada())
    match_line(granted, [ForGrant(-40000, given)], by=ada())
    matched, rows_matched = balances(), LedgerEntry.objects.count()
    assert matched != before
    assert list(promise.instalments.values_list("paid_minor", flat=True)) == [50000, 20000]

    undo_statement(statement, by=ada(), why="the wrong month")

    assert balances() == before
    assert LedgerEntry.objects.count() == 2 * rows_matched - rows_before
    assert list(promise.instalments.values_list("paid_minor", flat=True)) == [0, 0]
    recorded.refresh_from_db()
    assert recorded.status == "succeeded"  # it was there before
    assert statuses(statement) == {"undone": 4}
    again = brought_in(camt(MARCH), statement.account)
    assert statuses(again) == {"unmatched": 4}
    undo_statement(statement, by=ada(), why="once more")
    assert statuses(again) == {"unmatched": 4}


def test_what_another_file_brought_too_goes_on_there(true_in_the_end):
    account = bank_account()
    first = brought_in(camt([GIFT, FEE]), account)
    second, third = (brought_in(camt([GIFT, PROMISED]), account) for _time in range(2))

    undo_statement(first, by=ada(), why="a mistake")

    assert standing() == [(2500, "Dora Donor"), (70000, "Ministry of Foreign Affairs")]
    goes_on = second.lines.get(position=1)
    assert (goes_on.status, third.lines.get(position=1).duplicate_of) == ("unmatched", goes_on)


def test_two_equal_lines_are_one_until_staff_say_otherwise(true_in_the_end):
    account = bank_account()
    statement = brought_in(camt([GIFT, GIFT]), account)
    first, second = statement.lines.order_by("position")
    assert (second.status, second.duplicate_of) == ("duplicate", first)

    keep_as_own(second, by=ada())
    again = brought_in(camt([GIFT, GIFT]), account)

    assert standing() == [(2500, "Dora Donor")] * 2
    assert {line.duplicate_of for line in again.lines.all()} == {first}
    with pytest.raises(BankError, match="not a duplicate"):
        keep_as_own(first, by=ada())


def test_equal_movements_of_two_accounts_are_two(true_in_the_end):
    other = bank_account(iban="ZZ02OTHER")

    brought_in(camt([GIFT]))
    brought_in(camt([GIFT], iban=other.iban), other)

    assert len(standing()) == 2


def test_a_file_with_a_mistake_writes_nothing(db):
    content = csv_file(MARCH).replace(b"-1.50", b"NaN")

    with pytest.raises(StatementError) as refused:
        brought_in(content)

    assert [problem.line for problem in refused.value.problems] == [4]
    assert not BankStatement.objects.exists()
    assert not BankLine.objects.exists()
    assert not Entry.objects.exists()


def test_a_gap_between_two_statements_is_seen(db):
    account = bank_account()
    first = brought_in(camt([GIFT]), account)
    follows = brought_in(camt([Moved(100, "B-7", day=dt.date(2026, 3, 9))], opening=12500), account)
    late = brought_in(camt([Moved(100, "B-9", day=dt.date(2026, 3, 20))], opening=13000), account)
    assert [gap_before(each) for each in (first, follows, late)] == [None, None, follows]

    overlapping = brought_in(camt([GIFT, Moved(7, "B-10", day=dt.date(2026, 3, 22))], opening=10000), account)
    assert gap_before(overlapping) is None


def test_a_contributor_is_matched_to_the_oldest_instalments(true_in_the_end):
    giver = contributor()
    promised_gift((50000, 50000), contributor=giver)

    (match,) = match_line(line_of(PROMISED), [ForContributor(70000, giver)], by=ada())

    assert list(match.promise_payment.parts.values_list("received_minor", flat=True)) == [50000, 20000]
    assert (match.is_made_here, match.promise_payment.reference) == (True, "B-2")
    assert balances()["BANK", "USD"] == 70000


def test_one_line_is_split_over_several(true_in_the_end):
    giver = contributor()
    promised_gift((50000, 50000), contributor=giver)
    line = line_of(PROMISED)
    parts = [ForContributor(50000, giver), ForDonor(19000, donor()), ForBank(1000, "a fee came back")]

    matches = match_line(line, parts, by=ada())

    assert [match.amount_minor for match in matches] == [50000, 19000, 1000]
    assert Donation.objects.get().amount_minor == 19000
    assert balances()["BANK", "USD"] == 70000
    line.refresh_from_db()
    assert line.status == "matched"


def test_an_unmatched_line_is_where_it_was(true_in_the_end):
    line = line_of(GIFT)
    (match,) = match_line(line, [ForDonor(2500, donor())], by=ada())

    unmatch_line(line, by=ada(), why="another Dora")

    line.refresh_from_db()
    match.refresh_from_db()
    assert (line.status, balances(), match.undone_at is not None) == ("unmatched", {}, True)
    assert Donation.objects.get().status == "reversed"
    match_line(line, [ForDonor(2500, donor("other@example.org"))], by=ada())
    assert balances()["BANK", "USD"] == 2500


def test_what_was_in_the_books_before_stays_when_unmatched(true_in_the_end):
    payment = record_payment(
        contributor=contributor(), method="bank", amount_minor=70000, currency="USD", received_on=DAY, by=ada()
    )
    line = line_of(PROMISED)
    match_line(line, [ForRecord(70000, payment)], by=ada())

    unmatch_line(line, by=ada(), why="it was another one")

    assert (PromisePayment.objects.get().status, balances()["BANK", "USD"]) == ("booked", 70000)


def payout(amount_minor=2500, status="paid"):
    """A payout as Stripe tells of it, with what it moved; failed, it came back."""
    known = Payout.objects.create(
        stripe_payout_id="po_1", amount_minor=amount_minor, currency="USD", status=status, status_as_of=NOW,
        arrives_on=DAY, created_at=NOW,
    )  # fmt: skip
    ledger.post_payout(known, balance_transaction(-amount_minor, fee_minor=0))
    if status == "failed":
        ledger.post_payout(known, balance_transaction(amount_minor, fee_minor=0), came_back=True)
    return known


def test_a_payout_of_stripe_is_matched_with_its_arrival(true_in_the_end):
    (match,) = match_line(line_of(GIFT), [ForRecord(2500, payout())], by=ada())

    assert (match.payout.stripe_payout_id, match.is_made_here) == ("po_1", False)
    assert balances() == {("BANK", "USD"): 2500, ("STRIPE_BALANCE", "USD"): -2500}


def test_a_grant_goes_out_and_comes_back(true_in_the_end):
    given, account = grant(amount_minor=50000), bank_account()
    back = Moved(1000, "B-8", "Safe Harbour")
    match_line(line_of(GRANTED, account), [ForGrant(-40000, given)], by=ada())

    match_line(line_of(back, account), [ForGrant(1000, given, why="not needed")], by=ada())

    assert list(GrantPayment.objects.order_by("pk").values_list("kind", "amount_minor")) == [
        ("paid", 40000), ("returned", 1000),
    ]  # fmt: skip
    assert balances() == {("BANK", "USD"): -39000, ("GRANTS", "USD"): 39000}


def test_a_grant_in_another_currency_says_what_it_counts(true_in_the_end):
    given = grant(amount_minor=50000, currency="EUR")
    line = line_of(GRANTED)

    with pytest.raises(BankError, match="in EUR"):
        match_line(line, [ForGrant(-40000, given)], by=ada())
    match_line(line, [ForGrant(-40000, given, counts_minor=36000)], by=ada())

    assert balances()["GRANTS", "EUR"] == 36000


def test_a_contributor_pays_in_another_currency(true_in_the_end):
    giver = contributor()
    promise = promised_gift((60000,), contributor=giver, currency="EUR")

    match_line(line_of(PROMISED), [ForContributor(70000, giver, settles=Settles(60000, "EUR"))], by=ada())

    assert promise.instalments.get().outstanding_minor == 0


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (list, "Every part has to go the way of the line"),
        (lambda: [ForDonor(2400, donor())], "The parts come to .*24.00, the line is .*25.00."),
        (lambda: [ForDonor(2600, donor()), ForBank(-100)], "Every part has to go the way of the line"),
        (lambda: [ForRecord(2500, offline_donation(currency="EUR"))], "is of another amount"),
        (lambda: [ForRecord(2500, offline_donation(amount_minor=2400))], "is of another amount"),
        (lambda: [ForRecord(2500, offline_donation(method="in-kind", in_kind="chairs"))], "is of another amount"),
        (lambda: [ForRecord(2500, payout(-2500))], "is of another amount"),
        (lambda: [ForGrant(2500, grant(), why="back")], "No more can come back than was paid"),
        (lambda: [ForContributor(2500, contributor(), settles=Settles(0, "EUR"))], "Please state what"),
    ],
)
def test_what_a_line_is_not_is_refused_and_nothing_is_written(parts, reason, db):
    line, given = line_of(GIFT), parts()
    before = books()

    with pytest.raises(BankError, match=reason):
        match_line(line, given, by=ada())

    line.refresh_from_db()
    assert (line.status, BankMatch.objects.count(), books()) == ("unmatched", 0, before)


def test_money_that_went_out_is_no_gift(db):
    with pytest.raises(BankError, match="is no gift"):
        match_line(line_of(FEE), [ForDonor(-150, donor())], by=ada())


def test_one_record_has_one_line(true_in_the_end):
    account, known = bank_account(), payout()
    match_line(line_of(GIFT, account), [ForRecord(2500, known)], by=ada())

    with pytest.raises(BankError, match="Another bank line"):
        match_line(line_of(Moved(2500, "B-99"), account), [ForRecord(2500, known)], by=ada())


def test_a_payout_that_came_back_goes_out_by_another_line(true_in_the_end):
    account, known = bank_account(), payout(status="failed")
    match_line(line_of(GIFT, account), [ForRecord(2500, known)], by=ada())

    match_line(line_of(Moved(-2500, "B-99"), account), [ForRecord(-2500, known)], by=ada())

    assert known.bank_matches.count() == 2


def test_a_line_is_dealt_with_once(true_in_the_end):
    line = line_of(GIFT)
    match_line(line, [ForDonor(2500, donor())], by=ada())

    with pytest.raises(BankError, match="dealt with already"):
        match_line(line, [ForDonor(2500, donor())], by=ada())
    with pytest.raises(BankError, match="nobody has explained yet"):
        ignore_line(line, by=ada(), why="no")

    assert Donation.objects.count() == 1


def test_a_line_is_ignored_with_a_reason_and_heeded_again(true_in_the_end):
    line = line_of(GIFT)
    with pytest.raises(BankError, match="say why"):
        ignore_line(line, by=ada(), why=" ")

    ignore_line(line, by=ada(), why="between our own accounts")
    line.refresh_from_db()
    assert (line.status, line.ignored_for) == ("ignored", "between our own accounts")

    heed_line(line, by=ada())
    line.refresh_from_db()
    assert (line.status, line.ignored_for) == ("unmatched", "")


def test_a_payment_that_was_reversed_meanwhile_does_not_keep_the_import_from_being_undone(true_in_the_end):
    line = line_of(GIFT)
    (match,) = match_line(line, [ForBank(2500, "a fee came back")], by=ada())
    ledger.reverse_record(match.posting, by=ada(), why="no fee at all")

    undo_statement(line.statement, by=ada(), why="a mistake")

    assert balances() == {}


def test_what_came_back_of_a_grant_is_undone_before_what_was_paid(true_in_the_end):
    given = grant(amount_minor=50000)
    statement = brought_in(camt([GRANTED, Moved(40000, "B-8", "Safe Harbour")]))
    paid, back = statement.lines.order_by("position")
    match_line(paid, [ForGrant(-40000, given)], by=ada())
    match_line(back, [ForGrant(40000, given, why="not needed")], by=ada())

    undo_statement(statement, by=ada(), why="a mistake")

    assert balances() == {}


def at_once(*acts):
    """All acts begin at one instant, each with a connection of its own."""

    def run(act):
        try:
            return act()
        except BankError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(30) for each in [pool.submit(run, act) for act in acts]]


def test_files_that_come_at_one_instant_double_nothing(committed_db):
    account, by = bank_account(), ada()
    files = [camt(MARCH), camt(MARCH[::-1]), csv_file(MARCH), csv_file(MARCH[1:])]

    at_once(
        *(lambda file=file: import_statement(account=account, file_name="x", content=file, by=by) for file in files)
    )

    assert BankStatement.objects.count() == 4
    assert standing() == sorted((moved.amount_minor, moved.name) for moved in MARCH)


def test_a_line_that_two_match_at_one_instant_is_booked_once(committed_db):
    by, account, giver = ada(), bank_account(), donor()
    with transaction.atomic():
        known = payout()
    line, other = line_of(GIFT, account), line_of(Moved(2500, "B-99"), account)

    gifts = at_once(*(lambda: match_line(line, [ForDonor(2500, giver)], by=by) for _time in range(3)))
    payouts = at_once(
        lambda: match_line(other, [ForRecord(2500, known)], by=by),
        lambda: undo_statement(other.statement, by=by, why="a mistake"),
    )

    assert sum(isinstance(each, BankError) for each in gifts) == 2
    assert Donation.objects.count() == 1
    assert len(payouts) == 2
    assert BankLine.objects.get(pk=other.pk).status == "undone"
    assert not BankMatch.objects.filter(line=other, undone_at=None).exists()
    assert findings() == []


class AnyFilesTest(TestCase):
    """However the bank divides, shuffles and repeats its movements over files, each counts once."""

    @settings(max_examples=25, deadline=None, database=None, derandomize=True)
    @given(
        numbers=st.lists(st.integers(1, 40), min_size=1, max_size=15, unique=True),
        seeds=st.lists(st.integers(0, 2**20), min_size=1, max_size=4),
        as_csv=st.lists(st.booleans(), min_size=6, max_size=6),
    )
    def test_every_movement_counts_once(self, numbers, seeds, as_csv):
        moves = [Moved((-1) ** n * (n % 5 + 1) * 100, f"B-{n % 20}", f"Giver {n % 7}") for n in numbers]
        moves = list(dict.fromkeys(moves))
        account = bank_account()
        files = [moves]
        for seed in seeds:
            shuffled = random.Random(seed).sample(moves, len(moves))
            cut = seed % len(moves)
            files += [shuffled[: cut + 1], shuffled[cut:]]
        random.Random(seeds[0]).shuffle(files)

        for content, is_csv in zip(files, as_csv * 2, strict=False):
            with transaction.atomic():
                brought_in(csv_file(content) if is_csv else camt(content), account)

        assert standing() == sorted((moved.amount_minor, moved.name) for moved in moves)


def test_hints_reach_the_reader(db):
    content = "Date;Amount;Name\n02/03/2026;1.000;Zoë\n".encode("windows-1252")

    line = brought_in(content, hints=Hints("windows-1252", "day-first", ",")).lines.get()

    assert (line.booked_on, line.amount_minor, line.counterparty) == (DAY, 100000, "Zoë")


def test_a_line_of_a_gift_that_was_reversed_elsewhere_is_open_until_the_money_went_back(true_in_the_end):
    """The bank says that it came, the books no longer do: nobody would have met it again."""
    account = bank_account()
    gift = record_offline_gift(
        donor=donor(), amount_minor=2500, currency="USD", method="bank", received_on=DAY, by=ada()
    )
    came = line_of(GIFT, account)
    match_line(came, [ForRecord(2500, gift)], by=ada())
    assert not BankLine.objects.of_reversed()

    reverse_offline_gift(gift, by=ada(), why="it bounced")
    assert list(BankLine.objects.of_reversed()) == [came]

    match_line(line_of(Moved(-2500, "B-20", "Dora Donor"), account), [ForRecord(-2500, gift)], by=ada())
    assert not BankLine.objects.of_reversed()


def test_a_fee_that_was_reversed_elsewhere_leaves_its_line_open(true_in_the_end):
    line = line_of(FEE)
    (match,) = match_line(line, [ForBank(-150)], by=ada())

    ledger.reverse_record(match.posting, by=ada(), why="a mistake")

    assert list(BankLine.objects.of_reversed()) == [line]
