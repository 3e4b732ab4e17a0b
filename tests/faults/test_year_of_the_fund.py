"""A year in the life of the Fund, month by month on Stripe's clock: gifts, promises, the bank, grants, a closed month.

What the public reads at the end is added up here once more, from the entries of the ledger and from nothing else.
"""

import csv
import datetime as dt
import io
import json
from collections import Counter

import pytest
from django.contrib.auth.models import User
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from donations import ledger
from donations.books import findings
from donations.instalments import Planned, planned
from donations.models import (
    Account,
    BankLine,
    BankMatch,
    BooksTotal,
    Closing,
    Donation,
    ExchangeRate,
    Instalment,
    LedgerEntry,
    LedgerTransaction,
    Payout,
    PromisedGift,
    PromisePayment,
    Receipt,
)
from donations.services import (
    bank_matching,
    bank_statements,
    closings,
    grants,
    offline_gifts,
    promise_payments,
    promised_gifts,
    transfer_references,
)
from donations.services.bank_matching import ForBank, ForDonor, ForRecord
from donations.services.promise_payments import Settles
from tests.donations.factories import bank_account, contributor, organisation
from tests.faults.years import CURRENCIES, Years, check_payouts, check_receipts, check_trial_balance

RATES = {"EUR": "0.92", "GBP": "0.79", "CHF": "0.88", "JPY": "149.5", "KWD": "0.307", "CAD": "1.37", "AUD": "1.52"}
COLUMNS = ("Date", "Amount", "Currency", "Reference", "Counterparty", "Text")


def today():
    return timezone.now().astimezone(dt.UTC).date()


class Fund:
    """The people of the Fund and what they have on their desks."""

    def __init__(self, years):
        self.years = years
        self.ada = User.objects.create_superuser("ada", "ada@example.org")
        self.abe = User.objects.create_superuser("abe", "abe@example.org")
        self.account = bank_account()
        self.rows = []
        self.began_on = today()

    # What the bank writes

    def bank(self, amount, counterparty, text="", *, on=None):
        """A movement of the account, as the bank will say it; its reference is the bank's own."""
        reference = f"REF{len(self.rows):05d}"
        day = on or today()
        self.rows.append((day.isoformat(), f"{amount:.2f}", "USD", reference, counterparty, text))
        return reference

    def export(self, rows):
        """A statement as the bank's web page would give it."""
        written = io.StringIO()
        csv.writer(written, delimiter=";").writerows([COLUMNS, *rows])
        return written.getvalue().encode()

    def imports(self, rows, name):
        return bank_statements.import_statement(
            account=self.account, file_name=name, content=self.export(rows), by=self.ada
        )

    def line(self, reference):
        return BankLine.objects.get(bank_reference=reference, status="unmatched")

    # What contributors do

    def pays(self, payer, amount_minor, currency="USD", *, method="bank", settles=None, on=None):
        return promise_payments.record_payment(
            contributor=payer,
            method=method,
            amount_minor=amount_minor,
            currency=currency,
            received_on=on or today(),
            by=self.ada,
            settles=settles,
        )


def promises_and_rates(fund):
    """Norway promises in quarters, a foundation in thirds that do not divide, a company all at once."""
    for code, units in RATES.items():
        ExchangeRate.objects.create(
            currency=code, units_per_usd=units, valid_from=today().replace(day=1), source="UN", imported_by=fund.ada
        )
    fund.norway = contributor("Norway")
    fund.foundation = contributor("A Foundation")
    fund.company = contributor("A Company", kind="company")
    fund.norways = promised_gifts.record_promised_gift(
        contributor=fund.norway,
        amount_minor=12_000_000,
        currency="USD",
        promised_on=today(),
        instalments=planned(12_000_000, "USD", number=4, first_due_on=today(), every="quarter"),
        by=fund.ada,
    )
    fund.thirds = promised_gifts.record_promised_gift(
        contributor=fund.foundation,
        amount_minor=10_000_000,
        currency="USD",
        promised_on=today(),
        instalments=planned(10_000_000, "USD", number=3, first_due_on=today(), every="month"),
        by=fund.ada,
    )
    fund.at_once = promised_gifts.record_promised_gift(
        contributor=fund.company,
        amount_minor=1_500_000,
        currency="JPY",
        promised_on=today(),
        instalments=[Planned(1_500_000, today() + dt.timedelta(days=90))],
        by=fund.ada,
    )
    assert [row.amount_minor for row in fund.thirds.instalments.all()] == [3_333_333, 3_333_333, 3_333_334]


def less_than_due(fund):
    """Norway pays less than its first instalment; laptops come as a gift in kind."""
    fund.short = fund.pays(fund.norway, 2_000_000)
    fund.short_line = fund.bank(20000, "Norway", "first part")
    donor = offline_gifts.find_or_make_donor(email="", name="A shop", language="en")
    offline_gifts.record_offline_gift(
        donor=donor, amount_minor=250_000, currency="USD", method="in-kind", received_on=today(), by=fund.ada,
        in_kind="Five laptops",
    )  # fmt: skip


def late_and_more(fund):
    """The rest comes late, together with a part of the next; the foundation pays three instalments and more at once."""
    fund.pays(fund.norway, 2_500_000)
    fund.bank(25000, "Norway", "rest and more")
    fund.pays(fund.foundation, 10_050_000)
    fund.bank(100500, "A Foundation", "all of it, and a little more")
    first, second, *_rest = fund.norways.instalments.all()
    assert (first.outstanding_minor, second.paid_minor) == (0, 1_500_000)
    assert PromisedGift.objects.get(pk=fund.thirds.pk).status == "closed"


def first_closing(fund):
    """The months before are closed by two persons; money of those days that is found later is posted today."""
    end = today().replace(day=1) - dt.timedelta(days=1)
    while due := [span for span in closings.closable() if span.kind == Closing.Kind.MONTH and span.ends_on <= end]:
        span = due[0]
        closing = closings.prepare_closing(span, by=fund.ada)
        with pytest.raises(closings.ClosingError):
            closings.sign_closing(closing, by=fund.ada)
        closings.sign_closing(closing, by=fund.abe)
    assert ledger.closed_through() == end
    fund.cheque = fund.pays(fund.norway, 100_000, method="cheque", on=end)
    booked = fund.cheque.ledger_transactions.get()
    assert booked.posted_on == end + dt.timedelta(days=1)
    assert booked.happened_at.date() == end
    fund.bank(1000, "Norway", "cheque")


def another_currency(fund):
    """The company pays its yen in dollars, at the rate that staff state."""
    fund.pays(fund.company, 500_000, settles=Settles(750_000, "JPY"))
    fund.bank(5000, "A Company", "half")
    fund.pays(fund.company, 502_000)
    fund.bank(5020, "A Company", "the rest at the UN's rate")
    assert fund.at_once.instalments.get().outstanding_minor == max(0, 750_000 - round(5020 * 149.5))


def first_statement(fund):
    """All of it at the bank: what is known is matched, Dora is found by her reference, the bank keeps its fee."""
    dora = offline_gifts.find_or_make_donor(email="dora@example.org", name="Dora Donor", language="en")
    reference = transfer_references.reference_of(dora).reference
    hers = fund.bank(75, "D DONOR", f"Thank you {reference.lower()}")
    fee = fund.bank(-12.5, "The Bank", "fees")
    fund.first_rows = list(fund.rows)
    fund.imports(fund.first_rows, "first.csv")
    assert BankLine.objects.unmatched().count() == len(fund.first_rows)
    for line, payment in zip(
        BankLine.objects.order_by("position"), PromisePayment.objects.order_by("pk"), strict=False
    ):
        bank_matching.match_line(line, [ForRecord(line.amount_minor, payment)], by=fund.ada)
    assert transfer_references.find_reference(fund.line(hers).remittance).donor == dora
    bank_matching.match_line(fund.line(hers), [ForDonor(7_500, dora)], by=fund.ada)
    bank_matching.match_line(fund.line(fee), [ForBank(-1_250, "fees")], by=fund.ada)
    assert not BankLine.objects.unmatched().exists()
    assert Donation.objects.filter(method="bank", donor=dora).get().amount_minor == 7500


def amount_changed(fund):
    """Norway promises more, midway: what was paid stays, the rest is spread anew."""
    promised_gifts.change_amount(fund.norways, amount_minor=13_000_000, by=fund.ada, why="a second letter")
    rows = Instalment.objects.filter(promised_gift=fund.norways)
    assert rows.aggregate(sum=Sum("amount_minor"))["sum"] == 13_000_000


def a_grant(fund):
    """A grant is signed by two persons and paid in two parts, from a balance in another currency too."""
    given = grants.propose_grant(
        organisation=organisation("Safe Harbour"), purpose="A safe house", amount_minor=4_000_000, currency="USD",
        starts_on=today(), ends_on=today() + dt.timedelta(days=365), by=fund.ada,
    )  # fmt: skip
    grants.sign_grant(given, by=fund.ada)
    with pytest.raises(grants.GrantError):
        grants.sign_grant(given, by=fund.ada)
    given = grants.sign_grant(given, by=fund.abe)
    paid = {"moved_currency": "USD", "happened_on": today(), "by": fund.ada}
    grants.record_grant_payment(given, amount_minor=2_500_000, moved_minor=2_500_000, **paid)
    fund.bank(-25000, "Safe Harbour", "grant")
    grants.record_grant_payment(given, amount_minor=1_000_000, moved_minor=920_000, **paid | {"moved_currency": "EUR"})
    fund.grant = given


def overlapping_statement(fund):
    """The next statement has days of the first one, in another order; the first one comes again; one is undone."""
    fund.bank(30, "Unknown", "?")
    overlapping = fund.rows[2:][::-1]
    before = _balances()
    second = fund.imports(overlapping, "second.csv")
    again = fund.imports(fund.first_rows[::-1], "first again.csv")
    assert BankLine.objects.unmatched().count() == len(fund.rows) - len(fund.first_rows)
    assert set(again.lines.values_list("status", flat=True)) == {"duplicate"}
    assert _balances() == before
    unknown = BankLine.objects.get(counterparty="Unknown", statement=second)
    donor = offline_gifts.find_or_make_donor(email="", name="Unknown", language="en")
    bank_matching.match_line(unknown, [ForDonor(3_000, donor)], by=fund.ada)
    assert _balances() != before
    number = LedgerTransaction.objects.count()
    bank_statements.undo_statement(second, by=fund.ada, why="the wrong account")
    assert _balances() == before
    assert LedgerTransaction.objects.count() == number + 1
    fund.imports(overlapping, "second.csv")
    assert BankLine.objects.unmatched().count() == len(fund.rows) - len(fund.first_rows)


def money_comes_back(fund):
    """A part of the grant comes back, a cheque bounces, and Norway's first payment turns out to be another's."""
    grants.record_grant_return(
        fund.grant, amount_minor=300_000, moved_minor=300_000, moved_currency="USD", happened_on=today(), by=fund.ada,
        why="the rent was lower",
    )  # fmt: skip
    promise_payments.reverse_payment(fund.cheque, by=fund.ada, why="it bounced")
    donor = offline_gifts.find_or_make_donor(email="carla@example.org", name="Carla", language="es")
    cheque = offline_gifts.record_offline_gift(
        donor=donor, amount_minor=5_000, currency="EUR", method="cheque", received_on=today(), by=fund.ada
    )
    fund.years.catch_up()
    offline_gifts.reverse_offline_gift(cheque, by=fund.ada, why="it bounced")
    fund.years.catch_up()
    assert not Receipt.objects.valid().filter(donation=cheque).exists()


def given_up(fund):
    """An instalment is written off, and the company's rest is cancelled."""
    late = fund.norways.instalments.order_by("number").filter(due_on__lt=today())
    unpaid = next(row for row in late if row.outstanding_minor)
    promised_gifts.write_off(fund.norways, by=fund.ada, why="a new government", instalment=unpaid)
    if fund.at_once.instalments.get().outstanding_minor:
        promised_gifts.cancel(fund.at_once, by=fund.ada, why="they said so")
    else:
        rest = promised_gifts.record_promised_gift(
            contributor=fund.company, amount_minor=100_000, currency="USD", promised_on=today(),
            instalments=[Planned(100_000, today())], by=fund.ada,
        )  # fmt: skip
        promised_gifts.cancel(rest, by=fund.ada, why="they said so")


def nothing_special(_fund):
    """Gifts come in, and some go back."""


CHAPTERS = (
    promises_and_rates, less_than_due, late_and_more, first_closing, another_currency, first_statement, amount_changed,
    a_grant, overlapping_statement, money_comes_back, given_up, nothing_special,
)  # fmt: skip


def test_a_year_in_the_life_of_the_fund(committed_db, sandbox):
    years = Years(sandbox)
    with years.now():
        fund = Fund(years)
    for month, chapter in enumerate(CHAPTERS):
        with years.now():
            for currency in CURRENCIES:
                years.give(currency, "month" if month == 0 and currency == "EUR" else "once")
            years.catch_up()
            chapter(fund)
            if month:
                years.refund_one()
            if month % 4 == 3:
                years.dispute_one()
            years.end_month()

    assert [str(finding) for finding in findings()] == []
    check_trial_balance()
    check_payouts(sandbox, at_least=len(CHAPTERS) - 1)
    check_receipts()
    assert Payout.objects.count() >= 11
    assert not BankMatch.objects.filter(line__status="undone", undone_at=None).exists()
    assert LedgerTransaction.objects.filter(posted_on__lt=fund.began_on).count() == 0
    with years.now():
        _what_the_public_reads(Client())


def _balances():
    rows = LedgerEntry.objects.values_list("account", "currency").annotate(Sum("amount_minor"))
    return {(account, currency): amount for account, currency, amount in rows if amount}


# Every figure of the open books by itself: the accounts whose entries make it, and from which side.
FIGURES = {
    "received": {Account.DONATION_INCOME: -1},
    "refunds": {Account.REFUNDS: 1},
    "disputes": {Account.DISPUTES: 1},
    "fees": {Account.PROCESSING_FEES: 1, Account.DISPUTE_FEES: 1},
    "promised": {Account.PROMISED_GIFT_INCOME: -1},
    "written_off": {Account.WRITE_OFFS: 1},
    "outstanding": {Account.PROMISED_GIFTS_RECEIVABLE: 1},
    "paid": {Account.PROMISED_GIFT_INCOME: -1, Account.WRITE_OFFS: -1, Account.PROMISED_GIFTS_RECEIVABLE: -1},
    "granted": {Account.GRANTS: 1},
    "in_kind": {Account.IN_KIND_INCOME: -1},
    "at_stripe": {Account.STRIPE_BALANCE: 1},
    "at_bank": {Account.BANK: 1},
}


def _what_the_public_reads(client):
    """Books, tracker, contributions, API and CSV say what the ledger says, to the unit."""
    ledger.close_windows()
    held = _balances()
    totals = BooksTotal.objects.values_list("account", "currency").annotate(Sum("debits_minor"), Sum("credits_minor"))
    assert {(account, code): debit - credit for account, code, debit, credit in totals if debit != credit} == held
    by_hand = {
        (name, code): sum(sign * held.get((account, code), 0) for account, sign in accounts.items())
        for name, accounts in FIGURES.items()
        for code in {code for _account, code in held}
    }

    summary = json.loads(client.get("/api/v1/ledger/summary").content)
    told = {(name, row["currency"]): row[f"{name}_minor"] for row in summary["by_currency"] for name in FIGURES}
    assert told == by_hand
    read = _table(client.get("/en/trust-fund/books/?format=csv"))
    figures = {(row["name"], row["currency"]): int(row["amount_minor"]) for row in read if row["kind"] == "figure"}
    assert {key: amount for key, amount in figures.items() if key[0] in FIGURES and amount} == {
        key: amount for key, amount in by_hand.items() if amount
    }

    stats = json.loads(client.get("/api/v1/stats").content)
    assert {row["currency"]: row["received_minor"] for row in stats["money"]} == _of("received", by_hand)
    for name in ("promised", "paid", "outstanding"):
        assert {row["currency"]: row[f"{name}_minor"] for row in stats["promised"] if row[f"{name}_minor"]} == _of(
            name, by_hand
        )
    assert {row["currency"]: row["granted_minor"] for row in stats["granted"]} == _of("granted", by_hand)

    rows = json.loads(client.get("/api/v1/contributions?limit=100").content)["items"]
    for name in ("promised", "paid", "outstanding"):
        sums = Counter()
        for row in rows:
            sums[row["currency"]] += row[f"{name}_minor"]
        assert {code: amount for code, amount in sums.items() if amount} == _of(name, by_hand)


def _of(name, by_hand):
    return {code: amount for (figure, code), amount in by_hand.items() if figure == name and amount}


def _table(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
