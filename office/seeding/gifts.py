"""Made-up gifts as they stand after the worker is done: booked, receipted, thanked for and added up."""

import datetime as dt
import random
from collections.abc import Callable, Iterator

from django.db import connection, transaction

from blueheart.languages import LANGUAGES
from blueheart.post.models import Message
from campaigns.models import Campaign
from donations.models import Donation, Donor, LegalEntity, Receipt, ReceiptSeries
from donations.services import recounting
from office.seeding.databases import NULL, copy, insert

BATCH = 50_000
SPAN = dt.timedelta(days=730)
GIFTS_OF_A_DONOR = 3
CURRENCIES, OF_A_HUNDRED = ("USD", "EUR", "GBP"), (60, 30, 10)
AMOUNTS = (500, 1000, 1500, 2500, 2500, 5000, 5000, 7500, 10000, 25000, 100000)
DONORS = ("id", "public_id", "email", "name", "language", "created_at")
DONATIONS = (
    "id", "donor_id", "campaign_id", "amount_minor", "currency", "public_name", "public_name_kind", "is_amount_shown",
    "is_16_or_older", "language", "created_at", "public_id", "interval", "status", "reason", "failure_code",
    "stripe_checkout_session_id", "stripe_payment_intent_id", "succeeded_at",
)  # fmt: skip
# The gross in dollars, in which Stripe settles, and Stripe's fee of 2.9 per cent and 30 cents.
SETTLED = """
    SELECT gift.id, gift.amount_minor, gift.currency, gift.succeeded_at, rate.rate, gross.minor AS gross,
           round(gross.minor * 0.029)::bigint + 30 AS fee
    FROM donations_donation AS gift
    JOIN (VALUES ('USD', 1.0), ('EUR', 1.08), ('GBP', 1.27)) AS rate (currency, rate) ON rate.currency = gift.currency
    CROSS JOIN LATERAL (SELECT round(gift.amount_minor * rate.rate)::bigint AS minor) AS gross
    WHERE gift.status = 'succeeded' AND gift.id BETWEEN %(first)s AND %(last)s
"""
BOOK = f"""
    INSERT INTO donations_ledgertransaction (purpose, stripe_balance_transaction_id, donation_id, exchange_rate,
                                             happened_at, posted_on, why, booked_at)
    SELECT 'donation', 'txn_seed_' || id, id, CASE currency WHEN 'USD' THEN NULL ELSE rate END, succeeded_at,
           (succeeded_at AT TIME ZONE 'UTC')::date, '', succeeded_at
    FROM ({SETTLED}) AS settled ORDER BY id
"""  # noqa: S608  our own tables
POST = f"""
    INSERT INTO donations_ledgerentry (transaction_id, account, currency, amount_minor)
    SELECT booked.id, posting.account, posting.currency, posting.amount_minor
    FROM ({SETTLED}) AS settled JOIN donations_ledgertransaction AS booked ON booked.donation_id = settled.id
    CROSS JOIN LATERAL (VALUES
        ('STRIPE_BALANCE', 'USD', gross - fee), ('PROCESSING_FEES', 'USD', fee),
        ('DONATION_INCOME', settled.currency, -amount_minor),
        ('CURRENCY_EXCHANGE', settled.currency, CASE settled.currency WHEN 'USD' THEN 0 ELSE amount_minor END),
        ('CURRENCY_EXCHANGE', 'USD', CASE settled.currency WHEN 'USD' THEN 0 ELSE -gross END)
    ) AS posting (account, currency, amount_minor)
    WHERE posting.amount_minor <> 0
"""  # noqa: S608  our own tables


def load(count: int, *, seed: int, until: dt.datetime, say: Callable[[str], None]) -> None:
    """Load so many gifts of a third as many donors; the last is of `until`. The guards of money watch every row."""
    donors = max(1, count // GIFTS_OF_A_DONOR) if count else 0
    copy(Donor, DONORS, donor_lines(donors, seed=seed, until=until))
    rows = lines(count, donors=donors, seed=seed, until=until)
    for first in range(1, count + 1, BATCH):
        last = min(first + BATCH - 1, count)
        copy(Donation, DONATIONS, (next(rows) for _turn in range(first, last + 1)))
        _book(first, last)
        say(f"gifts: {last:,}")
    _set_sequences()
    say("writing receipts and letters")
    _receipts()
    _letters()
    say("adding up")
    recounting.repair()


@transaction.atomic
def _book(first: int, last: int) -> None:
    """In one transaction: at its end every posting must have its sides. Without statistics the plan is a slow one."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE donations_donation")
        for statement in (BOOK, POST):
            cursor.execute(statement, {"first": first, "last": last})


def donor_lines(count: int, *, seed: int, until: dt.datetime) -> Iterator[str]:
    """The rows of donors for COPY."""
    dice = random.Random(f"donors {seed}")  # noqa: S311  nothing here is secret
    step = SPAN / max(count, 1)
    for pk in range(1, count + 1):
        language, since = LANGUAGES[pk % len(LANGUAGES)][0], (until - SPAN + step * (pk - 1)).isoformat()
        yield "\t".join((str(pk), _public_id(dice), f"donor-{pk}@example.org", f"Donor {pk}", language, since))


def lines(count: int, *, donors: int, seed: int, until: dt.datetime) -> Iterator[str]:
    """The rows of gifts for COPY; the same for the same seed, campaigns and moment."""
    dice = random.Random(f"gifts {seed}")  # noqa: S311  nothing here is secret
    campaigns = [str(pk) for pk in Campaign.objects.published().order_by("pk").values_list("pk", flat=True)]
    step = SPAN / max(count, 1)

    def drawn() -> Iterator[str]:  # asks the database nothing: it is busy with the COPY of these lines
        for turn in range(count):
            pk, moment, fate = turn + 1, (until - SPAN + step * (turn + 1)).isoformat(), dice.random()
            status = "succeeded" if fate < 0.92 else "failed" if fate < 0.97 else "expired"
            has_arrived = status == "succeeded"
            currency = dice.choices(CURRENCIES, OF_A_HUNDRED)[0]
            shown = (f"Dora {pk % 997}", "alias") if fate < 0.4 else ("", "anonymous")
            yield "\t".join((
                str(pk), str(pk % donors + 1), dice.choice(campaigns) if fate < 0.7 else NULL,
                str(dice.choice(AMOUNTS)), currency, *shown, "t" if fate < 0.2 else "f", "t" if fate < 0.4 else "f",
                LANGUAGES[pk % len(LANGUAGES)][0], moment, _public_id(dice), "once", status, "",
                "card_declined" if status == "failed" else "", f"cs_test_seed_{pk}",
                f"pi_seed_{pk}" if has_arrived else NULL, moment if has_arrived else NULL,
            ))  # fmt: skip

    return drawn()


def _public_id(dice: random.Random) -> str:
    return f"{dice.getrandbits(48):012x}"


def _set_sequences() -> None:
    with connection.cursor() as cursor:
        for table in ("donations_donor", "donations_donation"):
            cursor.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")  # noqa: S608  the two above


def _receipts() -> None:
    """Numbered without a gap in each year, in the order of the gifts."""
    entity = LegalEntity.objects.get(is_default=True)
    numbered = """
        FROM (SELECT id, amount_minor, currency, language, succeeded_at,
                     extract(year FROM succeeded_at AT TIME ZONE 'UTC')::int AS year,
                     row_number() OVER (PARTITION BY extract(year FROM succeeded_at AT TIME ZONE 'UTC') ORDER BY id)
                         AS sequence
              FROM donations_donation WHERE status = 'succeeded') AS gift ORDER BY gift.id
    """
    number = f"'{entity.code}-' || year || '-' || lpad(sequence::text, 6, '0')"
    given = {
        "entity_id": str(entity.pk),
        "year": "year",
        "sequence": "sequence",
        "number": number,
        "code": "upper(left(md5(id::text), 8))",
        "donation_id": "id",
        "amount_minor": "amount_minor",
        "currency": "currency",
        "language": "language",
        "snapshot": f"jsonb_build_object('number', {number})",
        "issued_at": "succeeded_at",
        "kept_until": "(succeeded_at + interval '10 years')::date",
    }
    insert(Receipt, given, numbered)
    series = {"entity_id": "entity_id", "year": "year", "last_sequence": "max(sequence)"}
    insert(ReceiptSeries, series, "FROM donations_receipt GROUP BY entity_id, year")


def _letters() -> None:
    given = {
        "kind": "'donation-received'",
        "cause": "'donation-received:' || id",
        "subject_id": "id",
        "language": "language",
        "status": "'sent'",
        "created_at": "succeeded_at",
        "sent_at": "succeeded_at",
        "next_attempt_at": "NULL",
    }
    insert(Message, given, "FROM donations_donation WHERE status = 'succeeded' ORDER BY id")
