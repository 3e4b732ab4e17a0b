"""What a payout consists of: gross less fees, refunds and disputes, more or less adjustments, is what was paid out."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from donations.models import Payout
from donations.services.payouts import FEES

# Stripe's reporting categories that are one line of the equation; all others are adjustments.
GIFTS = frozenset({"charge"})
REFUNDS = frozenset({"refund", "refund_failure", "partial_capture_reversal"})
DISPUTES = frozenset({"dispute", "dispute_reversal"})


@dataclass(frozen=True)
class Term:
    """One term of the equation: minor units as they count towards the payout, and of how many movements."""

    name: str
    amount_minor: int
    movements: int


@dataclass(frozen=True)
class Equation:
    """The terms of a payout's equation, and what they add up to; `is_exact` where that is the payout (I7)."""

    terms: tuple[Term, ...]
    sum_minor: int
    is_exact: bool


def equation_of(payout: Payout) -> Equation | None:
    """The equation of a payout, from the lines that Stripe named; None before it named them. One query."""
    by_kind = list(
        payout.lines.order_by().values("kind").annotate(
            gross=Sum("amount_minor"), fee=Sum("fee_minor"), net=Sum("net_minor"), number=Count("pk")
        )
    )  # fmt: skip
    if not by_kind:
        return None
    sums = dict.fromkeys(("gross", "fees", "refunds", "disputes", "adjustments"), 0)
    numbers = dict.fromkeys(sums, 0)
    for row in by_kind:
        name = _term_of(row["kind"])
        sums[name] += row["gross"]
        numbers[name] += row["number"]
        sums["fees"] -= row["fee"]
    total = sum(sums.values())
    terms = tuple(Term(name, amount_minor, numbers[name]) for name, amount_minor in sums.items())
    return Equation(terms, total, total == payout.amount_minor)


def _term_of(kind: str) -> str:
    if kind in GIFTS:
        return "gross"
    if kind in FEES:
        return "fees"
    if kind in REFUNDS:
        return "refunds"
    return "disputes" if kind in DISPUTES else "adjustments"
