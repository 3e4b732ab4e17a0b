"""Promised gifts: recorded, changed midway, put on other days, written off, cancelled. Each act is booked with it.

Locks, here and in `promise_payments`: the contributor, then promises, then instalments by number.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.days import utc_today
from blueheart.languages import page_language
from blueheart.money import CURRENCIES, LARGEST_MINOR, format_amount
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from campaigns.models import Campaign
from donations import days, ledger
from donations.instalments import MOST_INSTALMENTS, Planned, in_proportion
from donations.models import Contributor, Instalment, PaymentPart, PromiseChange, PromisedGift

__all__ = [
    "Planned",
    "PromiseError",
    "cancel",
    "change_amount",
    "change_schedule",
    "is_changed_by",
    "lock_contributor",
    "lock_instalments",
    "record_promised_gift",
    "settle_status",
    "write_off",
]

Kind, Status = PromiseChange.Kind, PromisedGift.Status
# What two posts of one form have in common; the promise may have been changed since.
SAID = ("contributor_id", "currency", "promised_on")


class PromiseError(RefusedError):
    """It cannot be done so; the message says why, in the reader's language."""


@dataclass(frozen=True)
class _Act:
    """What staff do to a promise, and who does it why; the same token does it once."""

    kind: str
    by: AbstractBaseUser
    why: str
    form_token: uuid.UUID | None
    request: HttpRequest | None


@transaction.atomic
def record_promised_gift(
    *,
    contributor: Contributor,
    amount_minor: int,
    currency: str,
    promised_on: dt.date,
    instalments: Sequence[Planned],
    by: AbstractBaseUser,
    campaign: Campaign | None = None,
    document: str = "",
    note: str = "",
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> PromisedGift:
    """Record what a contributor said it would give, in which instalments, and book it as receivable.

    The same `form_token` records it once. Raises `PromiseError`.
    """
    contributor = lock_contributor(contributor.pk)
    promised_gift = PromisedGift(
        contributor=contributor,
        campaign=campaign,
        amount_minor=amount_minor,
        currency=currency,
        promised_on=promised_on,
        document=document.strip(),
        note=note.strip(),
        recorded_by_id=by.pk,
        form_token=form_token,
    )
    if known := _made_by(promised_gift):
        return known
    _check_amount(amount_minor, currency)
    _check_plan(instalments, amount_minor, currency)
    if fault := days.fault_of(promised_on):
        raise PromiseError(fault)
    promised_gift.save(force_insert=True)
    _lay_out(promised_gift, [], instalments)
    ledger.post_promise(promised_gift, by=by)
    _note(promised_gift, amount_minor, _Act(Kind.RECORDED, by, "", None, request))
    return promised_gift


@transaction.atomic
def change_amount(
    promised_gift: PromisedGift,
    *,
    amount_minor: int,
    by: AbstractBaseUser,
    why: str,
    due_on: dt.date | None = None,
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> PromisedGift:
    """Have a promise come to another amount: what was paid stays, the rest changes in proportion.

    Where nothing is outstanding any more, the difference becomes an instalment of its own, due on `due_on`. Raises
    `PromiseError`, also for less than was paid, written off and cancelled.
    """
    promised_gift, rows = _lock(promised_gift)
    act = _Act(Kind.AMOUNT, by, _reason(why), form_token, request)
    if is_changed_by(promised_gift, form_token):
        return promised_gift
    _check_amount(amount_minor, promised_gift.currency)
    more = amount_minor - promised_gift.amount_minor
    if not more:
        raise PromiseError(_("This is what was promised already."))
    if promised_gift.status == Status.CANCELLED:
        raise PromiseError(_("This promise was cancelled. Please record a new one."))
    settled = promised_gift.amount_minor - _outstanding(rows)
    if amount_minor < settled:
        shown = format_amount(settled, promised_gift.currency, page_language())
        raise PromiseError(_("%(amount)s of it is settled: it cannot come to less.") % {"amount": shown})
    open_rows = [row for row in rows if row.outstanding_minor]
    if open_rows:
        _spread(open_rows, amount_minor - settled, promised_gift.currency)
    elif due_on is None:
        raise PromiseError(_("Nothing is outstanding any more. Please say when the difference is due."))
    else:
        promised_gift.instalments.create(number=len(rows) + 1, due_on=due_on, amount_minor=more)
    promised_gift.amount_minor = amount_minor
    promised_gift.save(update_fields=["amount_minor"])
    _number(promised_gift)
    ledger.post_promise_change(promised_gift, more, on=utc_today(), by=by, why=act.why)
    return _ended(promised_gift, more, act)


@transaction.atomic
def change_schedule(
    promised_gift: PromisedGift,
    *,
    instalments: Sequence[Planned],
    by: AbstractBaseUser,
    why: str,
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> PromisedGift:
    """Have what is outstanding come in other instalments; they add up to it.

    Instalments of which something was paid, written off or cancelled stay with just that. Raises `PromiseError`.
    """
    promised_gift, rows = _lock(promised_gift)
    act = _Act(Kind.SCHEDULE, by, _reason(why), form_token, request)
    if is_changed_by(promised_gift, form_token):
        return promised_gift
    outstanding = _outstanding(rows)
    if not outstanding:
        raise PromiseError(_("Nothing is outstanding any more."))
    _check_plan(instalments, outstanding, promised_gift.currency)
    _lay_out(promised_gift, rows, instalments)
    _number(promised_gift)
    return _ended(promised_gift, 0, act)


@transaction.atomic
def write_off(
    promised_gift: PromisedGift,
    *,
    by: AbstractBaseUser,
    why: str,
    instalment: Instalment | None = None,
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> PromisedGift:
    """Give up what is outstanding of one instalment, or of all: a loss; what was promised stays promised.

    Raises `PromiseError`.
    """
    promised_gift, rows = _lock(promised_gift)
    act = _Act(Kind.WRITTEN_OFF, by, _reason(why), form_token, request)
    if is_changed_by(promised_gift, form_token):
        return promised_gift
    given_up = [row for row in rows if row.outstanding_minor and (instalment is None or row.pk == instalment.pk)]
    amount_minor = _outstanding(given_up)
    if not amount_minor:
        raise PromiseError(_("Nothing is outstanding any more."))
    for row in given_up:
        row.written_off_minor += row.outstanding_minor
        row.save(update_fields=["written_off_minor"])
    ledger.post_write_off(promised_gift, amount_minor, on=utc_today(), by=by, why=act.why)
    return _ended(promised_gift, -amount_minor, act)


@transaction.atomic
def cancel(
    promised_gift: PromisedGift,
    *,
    by: AbstractBaseUser,
    why: str,
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> PromisedGift:
    """Have nothing more come of a promise, for the contributor said so: less is promised, and no loss is booked.

    Raises `PromiseError`.
    """
    promised_gift, rows = _lock(promised_gift)
    act = _Act(Kind.CANCELLED, by, _reason(why), form_token, request)
    if is_changed_by(promised_gift, form_token):
        return promised_gift
    amount_minor = _outstanding(rows)
    if not amount_minor:
        raise PromiseError(_("Nothing is outstanding any more."))
    for row in rows:
        row.cancelled_minor += row.outstanding_minor
        row.save(update_fields=["cancelled_minor"])
    ledger.post_promise_change(promised_gift, -amount_minor, on=utc_today(), by=by, why=act.why)
    return _ended(promised_gift, -amount_minor, act)


def is_changed_by(promised_gift: PromisedGift, form_token: uuid.UUID | None) -> bool:
    """Whether the form with this token did its work already."""
    return form_token is not None and promised_gift.changes.filter(form_token=form_token).exists()


def lock_contributor(pk: int) -> Contributor:
    """The contributor, whose promises and payments nobody else touches until this transaction ends."""
    return Contributor.objects.select_for_update(of=["self"]).get(pk=pk)


def lock_instalments(promised_gift_ids: Iterable[int]) -> list[Instalment]:
    """All instalments of these promises, locked after them; the contributor is locked already."""
    promises = PromisedGift.objects.select_for_update(of=["self"]).filter(pk__in=promised_gift_ids).order_by("pk")
    locked = {promise.pk: promise for promise in promises}
    rows = Instalment.objects.select_for_update(of=["self"]).filter(promised_gift__in=locked)
    found = list(rows.order_by("promised_gift_id", "number"))
    for row in found:
        row.promised_gift = locked[row.promised_gift_id]
    return found


def settle_status(promised_gift: PromisedGift) -> None:
    """Write down what the instalments say: open while something is outstanding; cancelled where all of it was."""
    rows = list(promised_gift.instalments.all())
    if _outstanding(rows):
        status = Status.OPEN
    elif all(row.cancelled_minor == row.amount_minor for row in rows):
        status = Status.CANCELLED
    else:
        status = Status.CLOSED
    if status != promised_gift.status:
        promised_gift.status = status
        promised_gift.save(update_fields=["status"])


def _made_by(promised_gift: PromisedGift) -> PromisedGift | None:
    """The promise that the same form made already. Raises `PromiseError` where that was another one."""
    token = promised_gift.form_token
    known = PromisedGift.objects.filter(form_token=token).first() if token else None
    if known is None:
        return None
    recorded = known.changes.get(kind=Kind.RECORDED)
    is_other = any(getattr(known, name) != getattr(promised_gift, name) for name in SAID)
    if is_other or recorded.amount_minor != promised_gift.amount_minor:
        raise PromiseError(_("This form has recorded another promise already. Please open it again."))
    return known


def _lock(promised_gift: PromisedGift) -> tuple[PromisedGift, list[Instalment]]:
    lock_contributor(promised_gift.contributor_id)
    rows = lock_instalments([promised_gift.pk])
    return rows[0].promised_gift, rows


def _spread(rows: Sequence[Instalment], outstanding_minor: int, currency: str) -> None:
    """Have these instalments come to so much together, in the proportion of what each still owed."""
    shares = [row.outstanding_minor for row in rows]
    parts = in_proportion(outstanding_minor, shares, CURRENCIES[currency].step_minor)
    for row, part in zip(rows, parts, strict=True):
        row.amount_minor += part - row.outstanding_minor
        if row.amount_minor:
            row.save(update_fields=["amount_minor"])
        else:
            _remove(row)


def _lay_out(promised_gift: PromisedGift, rows: Sequence[Instalment], plan: Sequence[Planned]) -> None:
    """Put the plan in the place of what is outstanding; rows that nothing happened to are taken for it."""
    untouched = []
    for row in rows:
        settled = row.amount_minor - row.outstanding_minor
        if not settled:
            untouched.append(row)
        elif row.outstanding_minor:
            row.amount_minor = settled
            row.save(update_fields=["amount_minor"])
    # Those that reversed payments name cannot go: they are used first.
    named = set(PaymentPart.objects.filter(instalment__in=untouched).values_list("instalment_id", flat=True))
    untouched.sort(key=lambda row: (row.pk not in named, row.due_on, row.number))
    number = max((row.number for row in rows), default=0)
    for turn, each in enumerate(sorted(plan, key=lambda each: each.due_on)):
        is_new = turn >= len(untouched)
        row = Instalment(promised_gift=promised_gift, number=number + turn + 1) if is_new else untouched[turn]
        row.amount_minor, row.due_on = each.amount_minor, each.due_on
        row.save()
    for row in untouched[len(plan) :]:
        _remove(row)


def _remove(row: Instalment) -> None:
    if row.parts.exists():
        raise PromiseError(
            _("Instalment %(number)s once had a payment that was reversed, so it has to stay. Please leave some of it.")
            % {"number": row.number}
        )
    row.delete()


def _number(promised_gift: PromisedGift) -> None:
    """Number the instalments anew, by their days."""
    for number, row in enumerate(promised_gift.instalments.order_by("due_on", "number", "pk"), 1):
        if row.number != number:
            row.number = number
            row.save(update_fields=["number"])


def _ended(promised_gift: PromisedGift, amount_minor: int, act: _Act) -> PromisedGift:
    settle_status(promised_gift)
    _note(promised_gift, amount_minor, act)
    return promised_gift


def _note(promised_gift: PromisedGift, amount_minor: int, act: _Act) -> None:
    PromiseChange.objects.create(
        promised_gift=promised_gift,
        kind=act.kind,
        amount_minor=amount_minor,
        why=act.why,
        by_id=act.by.pk,
        form_token=act.form_token,
    )
    detail: dict[str, Any] = {"by_minor": amount_minor, "currency": promised_gift.currency}
    detail |= {"amount_minor": promised_gift.amount_minor, "status": promised_gift.status}
    record(
        f"promised-gift.{act.kind}", target=promised_gift, actor=act.by, why=act.why, request=act.request, detail=detail
    )


def _outstanding(rows: Iterable[Instalment]) -> int:
    return sum(row.outstanding_minor for row in rows)


def _reason(why: str) -> str:
    if not why.strip():
        raise PromiseError(_("Please say why."))
    return why.strip()


def _check_amount(amount_minor: int, currency: str) -> None:
    rule = CURRENCIES.get(currency)
    if rule is None or not 0 < amount_minor <= LARGEST_MINOR or amount_minor % rule.step_minor:
        raise PromiseError(_("This is no amount that can be promised in %(currency)s.") % {"currency": currency})


def _check_plan(plan: Sequence[Planned], amount_minor: int, currency: str) -> None:
    if not plan or len(plan) > MOST_INSTALMENTS:
        raise PromiseError(_("A promise has between 1 and %(most)s instalments.") % {"most": MOST_INSTALMENTS})
    if any(each.amount_minor < 1 for each in plan):
        raise PromiseError(_("Every instalment is more than nothing."))
    off = sum(each.amount_minor for each in plan) - amount_minor
    if off:
        shown = format_amount(abs(off), currency, page_language())
        words = _("The instalments are %(amount)s too much.") if off > 0 else _("%(amount)s is missing.")
        raise PromiseError(words % {"amount": shown})
