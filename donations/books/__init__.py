"""Whether the books are true: every rule of money that can be looked up, asked of the database itself.

The rules are constraints and triggers already. This is the second pair of eyes: after a fault run, a restore, or a
hand that went past the guards, and every night. What only Stripe can tell (I13) is `donations.services.reconciliation`.
"""

from collections.abc import Callable

from django.db import connection

from donations.books import fund, gifts, guards, inbox, ledger, money_back, payouts, receipts
from donations.books.rules import Check, Finding

__all__ = ["CHECKS", "LONGEST_LIST", "Check", "Finding", "findings"]

LONGEST_LIST = 20

CHECKS: tuple[Check, ...] = (
    *ledger.CHECKS,
    *guards.CHECKS,
    *gifts.CHECKS,
    *money_back.CHECKS,
    *payouts.CHECKS,
    *receipts.CHECKS,
    *fund.CHECKS,
    *inbox.CHECKS,
)


def findings(report: Callable[[Check, list[Finding]], None] | None = None) -> list[Finding]:
    """Everything that breaks a rule of money, at most twenty per rule; empty when the books are true.

    `report` hears of every check as it ends. Safe to call while the site is at work.
    """
    found: list[Finding] = []
    for check in CHECKS:
        broken = _broken(check)
        found += broken
        if report:
            report(check, broken)
    return found


def _broken(check: Check) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(check.query)
        return [Finding(check.name, check.rule, what) for (what,) in cursor.fetchmany(LONGEST_LIST)]
