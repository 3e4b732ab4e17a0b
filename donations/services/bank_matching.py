"""What a bank line is: staff match it with what is in the books already, or have it booked by the match.

Locks: the bank line first, then the contributor, donation, grant or payout that it is matched with.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.days import utc_today
from blueheart.languages import page_language
from blueheart.money import format_amount
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from campaigns.models import Campaign
from donations import ledger
from donations.models import (
    Account,
    BankLine,
    BankMatch,
    Contributor,
    Donation,
    Donor,
    Grant,
    GrantPayment,
    LedgerTransaction,
    Payout,
    PromisePayment,
)
from donations.services.grants import GrantError, record_grant_payment, record_grant_return, reverse_grant_payment
from donations.services.offline_gifts import OfflineGiftError, record_offline_gift, reverse_offline_gift
from donations.services.promise_payments import PaymentError, Settles, record_payment, reverse_payment

Status = BankLine.Status
Purpose = LedgerTransaction.Purpose
Record = Donation | PromisePayment | GrantPayment | Payout | LedgerTransaction

FIELDS: dict[type[Record], str] = {
    Donation: "donation",
    PromisePayment: "promise_payment",
    GrantPayment: "grant_payment",
    Payout: "payout",
    LedgerTransaction: "posting",
}
# Postings that no other record of ours stands for.
OF_THEIR_OWN = frozenset({Purpose.ADJUSTMENT, Purpose.BANK_FEE})


class BankError(RefusedError):
    """It cannot be done so; the message says why, in the reader's language."""


@dataclass(frozen=True)
class ForDonor:
    """A gift of a donor, recorded by the match."""

    amount_minor: int
    donor: Donor
    campaign: Campaign | None = None


@dataclass(frozen=True)
class ForContributor:
    """A payment on what a contributor promised, recorded by the match: the oldest instalments first."""

    amount_minor: int
    contributor: Contributor
    settles: Settles | None = None


@dataclass(frozen=True)
class ForGrant:
    """Money of a grant that went out or came back; `counts_minor`: in the grant's currency, where that is another."""

    amount_minor: int
    grant: Grant
    counts_minor: int | None = None
    why: str = ""


@dataclass(frozen=True)
class ForBank:
    """What the bank kept for its services, or gave back of it."""

    amount_minor: int
    why: str = ""


@dataclass(frozen=True)
class ForRecord:
    """Something that is in the books already, and stays there whatever becomes of the match."""

    amount_minor: int
    record: Record


Part = ForDonor | ForContributor | ForGrant | ForBank | ForRecord


def match_line(
    line: BankLine, parts: Sequence[Part], *, by: User, request: HttpRequest | None = None
) -> list[BankMatch]:
    """Say what a line is, in one part or several that have its sign and add up to it; all of it or nothing.

    Raises `BankError`.
    """
    try:
        with transaction.atomic():
            return _match(line, parts, by=by, request=request)
    except (GrantError, OfflineGiftError, PaymentError) as error:
        raise BankError(str(error)) from error
    except IntegrityError as error:
        if "_by_one_bank_line" not in str(error):
            raise
        raise BankError(_("Another bank line is matched with this already.")) from error


@transaction.atomic
def unmatch_line(line: BankLine, *, by: User, why: str, request: HttpRequest | None = None) -> BankLine:
    """Take the matches of a line back: what they booked is reversed, what was in the books before stays.

    Raises `BankError`.
    """
    line = _lock(line)
    if line.status != Status.MATCHED:
        raise BankError(_("This line is not matched."))
    if not why.strip():
        raise BankError(_("Please say why."))
    release(line, by=by, why=why.strip(), request=request)
    line.status = Status.UNMATCHED
    line.save(update_fields=["status"])
    return line


@transaction.atomic
def ignore_line(line: BankLine, *, by: User, why: str, request: HttpRequest | None = None) -> BankLine:
    """Leave a line out that is nothing of ours, such as a movement between two of our accounts; with a reason.

    Raises `BankError`.
    """
    line = _lock(line)
    if line.status != Status.UNMATCHED:
        raise BankError(_("Only a line that nobody has explained yet can be ignored."))
    if not why.strip():
        raise BankError(_("Please say why."))
    line.status, line.ignored_for = Status.IGNORED, why.strip()[:200]
    line.save(update_fields=["status", "ignored_for"])
    record("bank-line.ignored", target=line, actor=by, why=line.ignored_for, request=request)
    return line


@transaction.atomic
def heed_line(line: BankLine, *, by: User, request: HttpRequest | None = None) -> BankLine:
    """Put an ignored line back among those to be explained. Raises `BankError`."""
    line = _lock(line)
    if line.status != Status.IGNORED:
        raise BankError(_("This line is not ignored."))
    line.status, line.ignored_for = Status.UNMATCHED, ""
    line.save(update_fields=["status", "ignored_for"])
    record("bank-line.heeded", target=line, actor=by, request=request)
    return line


def release(line: BankLine, *, by: User, why: str, request: HttpRequest | None = None) -> None:
    """End the matches of a locked line, the last one first; the caller says what becomes of the line.

    Raises `BankError`.
    """
    for match in line.matches.standing().order_by("-pk"):
        if match.is_made_here:
            _reverse(match, by=by, why=why, request=request)
        match.undone_at = timezone.now()
        match.save(update_fields=["undone_at"])
    record("bank-line.unmatched", target=line, actor=by, why=why, request=request)


def bank_amounts(record_: Record, currency: str) -> set[int]:
    """What a bank line may be that stands for the record: above zero where it comes in, below where it goes out.

    What was reversed may have gone the other way, too: a cheque that bounced, a payout that came back.
    """
    match record_:
        case Donation():
            counts = record_.is_offline and record_.method != Donation.Method.IN_KIND and record_.currency == currency
            amount, is_reversed = record_.amount_minor, record_.status == Donation.Status.REVERSED
        case PromisePayment():
            counts = record_.currency == currency
            amount, is_reversed = record_.amount_minor, record_.status == PromisePayment.Status.REVERSED
        case GrantPayment():
            counts = record_.moved_currency == currency
            amount = record_.moved_minor if record_.kind == GrantPayment.Kind.RETURNED else -record_.moved_minor
            is_reversed = record_.status == GrantPayment.Status.REVERSED
        case Payout():
            counts = record_.currency == currency
            amount, is_reversed = record_.amount_minor, record_.status == Payout.Status.FAILED
        case LedgerTransaction():
            entries = record_.entries.filter(account=Account.BANK, currency=currency)
            amount, is_reversed = sum(entries.values_list("amount_minor", flat=True)), False
            counts = record_.purpose in OF_THEIR_OWN and amount != 0
    if not counts:
        return set()
    return {amount, -amount} if is_reversed else {amount}


def _match(line: BankLine, parts: Sequence[Part], *, by: User, request: HttpRequest | None) -> list[BankMatch]:
    line = _lock(line)
    if line.status != Status.UNMATCHED:
        raise BankError(_("This line was dealt with already."))
    _check_parts(line, parts)
    made = [
        BankMatch.objects.create(
            line=line,
            amount_minor=part.amount_minor,
            matched_by=by,
            is_made_here=not isinstance(part, ForRecord),
            **_booked(line, part, by=by, request=request),
        )
        for part in parts
    ]
    line.status = Status.MATCHED
    line.save(update_fields=["status"])
    detail = {"parts": [[type(part).__name__, part.amount_minor] for part in parts], "currency": line.currency}
    record("bank-line.matched", target=line, actor=by, request=request, detail=detail)
    return made


def _check_parts(line: BankLine, parts: Sequence[Part]) -> None:
    if not parts or any((part.amount_minor > 0) != (line.amount_minor > 0) for part in parts):
        raise BankError(_("Every part has to go the way of the line: in, or out."))
    total = sum(part.amount_minor for part in parts)
    if total != line.amount_minor:
        raise BankError(
            _("The parts come to %(total)s, the line is %(line)s.")
            % {"total": _shown(total, line.currency), "line": _shown(line.amount_minor, line.currency)}
        )
    if any(isinstance(part, ForDonor | ForContributor) for part in parts) and line.amount_minor < 0:
        raise BankError(
            _("Money that went out is no gift: reverse the gift that it takes back, and match it with that.")
        )


def _booked(line: BankLine, part: Part, *, by: User, request: HttpRequest | None) -> dict[str, Record]:
    """The one thing that a part of the line is, recorded now unless it was there before."""
    # A bank in the east may be a day ahead.
    day = min(line.booked_on, utc_today())
    received: dict[str, Any] = {
        "currency": line.currency, "received_on": day, "method": Donation.Method.BANK,
        "reference": line.bank_reference, "by": by, "request": request,
    }  # fmt: skip
    match part:
        case ForRecord():
            return {FIELDS[type(part.record)]: _checked(line, part)}
        case ForDonor():
            gift = record_offline_gift(
                donor=part.donor, amount_minor=part.amount_minor, campaign=part.campaign, **received
            )
            return {"donation": gift}
        case ForContributor():
            payment = record_payment(
                contributor=part.contributor, amount_minor=part.amount_minor, settles=part.settles, **received
            )
            return {"promise_payment": payment}
        case ForGrant():
            return {"grant_payment": _moved_for_grant(line, part, day, by=by, request=request)}
        case ForBank():
            why = part.why.strip() or line.bank_reference
            return {"posting": ledger.post_bank_fee(-part.amount_minor, line.currency, on=day, by=by, why=why)}


def _moved_for_grant(
    line: BankLine, part: ForGrant, day: dt.date, *, by: User, request: HttpRequest | None
) -> GrantPayment:
    moved_minor = abs(part.amount_minor)
    counts_minor = moved_minor if line.currency == part.grant.currency else part.counts_minor
    if counts_minor is None:
        raise BankError(
            _("Please say how much of the grant it is, in %(currency)s.") % {"currency": part.grant.currency}
        )
    moved: dict[str, Any] = {
        "amount_minor": counts_minor, "moved_minor": moved_minor, "moved_currency": line.currency,
        "happened_on": day, "reference": line.bank_reference, "by": by, "request": request,
    }  # fmt: skip
    if part.amount_minor < 0:
        return record_grant_payment(part.grant, **moved)
    return record_grant_return(part.grant, why=part.why, **moved)


def _checked(line: BankLine, part: ForRecord) -> Record:
    """The record, locked, where the bank moved just what it says and no other line stands for it."""
    row: Record = type(part.record)._default_manager.select_for_update(of=["self"], no_key=True).get(pk=part.record.pk)
    if part.amount_minor not in bank_amounts(row, line.currency):
        raise BankError(_("%(record)s is of another amount, or did not come by the bank.") % {"record": row})
    standing = row.bank_matches.standing()
    if any((match.amount_minor > 0) == (part.amount_minor > 0) for match in standing):
        raise BankError(_("Another bank line is matched with this already."))
    return row


def _reverse(match: BankMatch, *, by: User, why: str, request: HttpRequest | None) -> None:
    """Reverse what the match had booked; what staff have reversed since is left as it is."""
    try:
        if match.donation:
            reverse_offline_gift(match.donation, by=by, why=why, request=request)
        elif match.promise_payment:
            reverse_payment(match.promise_payment, by=by, why=why, request=request)
        elif match.grant_payment:
            if match.grant_payment.status == GrantPayment.Status.BOOKED:
                reverse_grant_payment(match.grant_payment, by=by, why=why, request=request)
        elif match.posting and not match.posting.is_reversed:
            ledger.reverse_record(match.posting, by=by, why=why)
    except (GrantError, OfflineGiftError, PaymentError) as error:
        raise BankError(str(error)) from error


def _lock(line: BankLine) -> BankLine:
    return BankLine.objects.select_for_update(of=["self"]).get(pk=line.pk)


def _shown(amount_minor: int, currency: str) -> str:
    return format_amount(amount_minor, currency, page_language())
