"""The table of accounts and amounts behind every posting, in minor units; debits are positive, credits negative."""

from donations.gateway import BalanceTransaction
from donations.models import Account, Donation

Posting = tuple[Account, str, int]


class UnbalancedError(ValueError):
    """What Stripe says of a movement does not add up, or is not what it is said to be: nothing is booked of it."""


def stripe_postings(
    account: Account,
    amount_minor: int,
    currency: str,
    moved: BalanceTransaction,
    *,
    fees: Account = Account.PROCESSING_FEES,
) -> list[Posting]:
    """The entries of one movement of our balance with Stripe, whose other side is `account`.

    `amount_minor` of `currency` is what came in (+) or went out (−) in the gift's own currency. Where the balance is
    kept in another one, the gross is exchanged: out of the one, into the other. Raises `UnbalancedError`.
    """
    _check(amount_minor, currency, moved)
    postings: list[Posting] = [
        (Account.STRIPE_BALANCE, moved.currency, moved.net_minor),
        (fees, moved.currency, moved.fee_minor),
        (account, currency, -amount_minor),
    ]
    if moved.currency != currency:
        postings += [
            (Account.CURRENCY_EXCHANGE, currency, amount_minor),
            (Account.CURRENCY_EXCHANGE, moved.currency, -moved.amount_minor),
        ]
    return [posting for posting in postings if posting[2]]


def donation_postings(amount_minor: int, currency: str, moved: BalanceTransaction) -> list[Posting]:
    """The entries of a donation that Stripe collected and credited to us as `moved` says. Raises `UnbalancedError`."""
    if moved.amount_minor <= 0 or moved.fee_minor < 0:
        raise UnbalancedError(f"gross {moved.amount_minor} and fee {moved.fee_minor} are no payment to us")
    return stripe_postings(Account.DONATION_INCOME, amount_minor, currency, moved)


def fee_postings(moved: BalanceTransaction) -> list[Posting]:
    """The entries of a fee that Stripe took from the balance for its services, and not from one payment."""
    return [
        (Account.STRIPE_BALANCE, moved.currency, moved.net_minor),
        (Account.PROCESSING_FEES, moved.currency, -moved.net_minor),
    ]


def check_donation(donation: Donation, moved: BalanceTransaction) -> None:
    """Raise `UnbalancedError` where the donation cannot be booked as Stripe credited it."""
    donation_postings(donation.amount_minor, donation.currency, moved)


def _check(amount_minor: int, currency: str, moved: BalanceTransaction) -> None:
    if moved.amount_minor != moved.fee_minor + moved.net_minor:
        raise UnbalancedError(f"gross {moved.amount_minor} is not fee {moved.fee_minor} and net {moved.net_minor}")
    if moved.currency == currency and moved.amount_minor != amount_minor:
        raise UnbalancedError(f"gross {moved.amount_minor} {currency} was moved, not {amount_minor}")
    if (moved.amount_minor > 0) != (amount_minor > 0) and moved.amount_minor:
        raise UnbalancedError(f"{amount_minor} {currency} and {moved.amount_minor} {moved.currency} go opposite ways")
