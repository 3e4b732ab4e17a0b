"""Posting to the books: every function here is a table of accounts and amounts, in minor units."""

from django.db import connection, transaction

from donations.gateway import BalanceTransaction
from donations.models import Account, Donation, LedgerDelta, LedgerEntry, LedgerTotal, LedgerTransaction

Posting = tuple[Account, str, int]

WINDOW_LOCK = 0x600D

CLOSE_WINDOW = f"""
WITH gone AS (DELETE FROM {LedgerDelta._meta.db_table} RETURNING campaign_id, currency, received_minor, donations)
INSERT INTO {LedgerTotal._meta.db_table} AS total (campaign_id, currency, received_minor, donations)
SELECT campaign_id, currency, sum(received_minor), sum(donations) FROM gone GROUP BY campaign_id, currency
ON CONFLICT (campaign_id, currency) DO UPDATE
SET received_minor = total.received_minor + excluded.received_minor, donations = total.donations + excluded.donations
"""  # noqa: S608  our own tables


class UnbalancedError(ValueError):
    """What Stripe says of a payment does not add up, or is in no currency of ours: nothing may be booked of it."""


def donation_postings(amount_minor: int, currency: str, moved: BalanceTransaction) -> list[Posting]:
    """The entries of a donation that Stripe collected and credited to us as `moved` says.

    Settled in another currency, the gross is exchanged: out of the gift's currency, into that of the Stripe balance.
    Raises `UnbalancedError`.
    """
    if moved.amount_minor != moved.fee_minor + moved.net_minor:
        raise UnbalancedError(f"gross {moved.amount_minor} is not fee {moved.fee_minor} and net {moved.net_minor}")
    if moved.amount_minor <= 0 or moved.fee_minor < 0:
        raise UnbalancedError(f"gross {moved.amount_minor} and fee {moved.fee_minor} are no payment to us")
    if moved.currency == currency and moved.amount_minor != amount_minor:
        raise UnbalancedError(f"gross {moved.amount_minor} {currency} was credited")
    postings: list[Posting] = [
        (Account.STRIPE_BALANCE, moved.currency, +moved.net_minor),
        (Account.PROCESSING_FEES, moved.currency, +moved.fee_minor),
        (Account.DONATION_INCOME, currency, -amount_minor),
    ]
    if moved.currency != currency:
        postings += [
            (Account.CURRENCY_EXCHANGE, currency, +amount_minor),
            (Account.CURRENCY_EXCHANGE, moved.currency, -moved.amount_minor),
        ]
    return [posting for posting in postings if posting[2]]


def check_donation(donation: Donation, moved: BalanceTransaction) -> None:
    """Raise `UnbalancedError` where the donation cannot be booked as Stripe credited it."""
    donation_postings(donation.amount_minor, donation.currency, moved)


def post_donation(donation: Donation, moved: BalanceTransaction) -> LedgerTransaction:
    """Book a donation that Stripe collected, in the caller's transaction, and let the public totals know.

    Raises `UnbalancedError`; a second booking of the same donation or balance transaction raises IntegrityError.
    """
    postings = donation_postings(donation.amount_minor, donation.currency, moved)
    booked = LedgerTransaction.objects.create(
        purpose=LedgerTransaction.Purpose.DONATION,
        stripe_balance_transaction_id=moved.balance_transaction_id,
        donation=donation,
        happened_at=moved.created_at,
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=booked, account=account, currency=currency, amount_minor=amount_minor)
        for account, currency, amount_minor in postings
    )
    LedgerDelta.objects.create(
        campaign_id=donation.campaign_id,
        currency=donation.currency,
        received_minor=donation.amount_minor,
        donations=1,
    )
    return booked


def close_windows() -> int:
    """Add what was booked since the last time to the public totals; returns how many totals changed.

    Safe to call from several processes: an advisory lock lets one of them work, the others return 0.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [WINDOW_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(CLOSE_WINDOW)
        return int(cursor.rowcount)
