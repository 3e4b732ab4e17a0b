"""What a bank line may be: what fits it in the books and among promises, best first. A person decides."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from donations.models import (
    BankLine,
    BankMatch,
    Contributor,
    Donation,
    Donor,
    Grant,
    GrantPayment,
    Instalment,
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
    Part,
    Record,
)
from donations.services.transfer_references import find_reference

DAYS_AWAY = dt.timedelta(days=10)
MOST_OF_A_KIND = 5
SHORTEST_NAME = 4  # shorter names stand in too many texts


@dataclass(frozen=True)
class Suggestion:
    """One thing that the whole line may be, and why we think so; `key` tells it from the others."""

    key: str
    why: str
    part: Part


def suggestions_for(line: BankLine) -> list[Suggestion]:
    """What fits the line, best first, each once; at most ten queries, whatever there is."""
    found: dict[str, Suggestion] = {}
    ways = (_by_reference, _recorded, _by_account, _by_name, _by_instalment, _by_going_out)
    for way in ways:
        for suggestion in way(line):
            found.setdefault(suggestion.key, suggestion)
    return list(found.values())


def find_record(text: str) -> Record:
    """The gift, payment or payout of this reference. Raises `BankError`."""
    wanted = text.strip()
    for row in (
        Donation.objects.filter(public_id=wanted).exclude(method=Donation.Method.STRIPE).first(),
        PromisePayment.objects.filter(public_id=wanted).first(),
        GrantPayment.objects.filter(public_id=wanted).select_related("grant").first(),
        Payout.objects.filter(stripe_payout_id=wanted).first(),
    ):
        if row is not None:
            return row
    raise BankError(_("Nothing in the books has the reference “%(text)s”.") % {"text": wanted[:60]})


def _by_reference(line: BankLine) -> Iterator[Suggestion]:
    """The giver whose reference stands in the text: made for this."""
    found = find_reference(f"{line.remittance} {line.end_to_end_id}") if line.amount_minor > 0 else None
    if found and found.donor and not found.donor.erased_at:
        yield _from_donor(line, found.donor, _("The reference %(text)s is theirs.") % {"text": found.reference})
    elif found and found.contributor:
        yield _from_contributor(
            line, found.contributor, _("The reference %(text)s is theirs.") % {"text": found.reference}
        )


def _recorded(line: BankLine) -> Iterator[Suggestion]:
    """What is in the books with this amount and about this day, and no line stands for it yet."""
    amount, currency = abs(line.amount_minor), line.currency
    first, last = line.booked_on - DAYS_AWAY, line.booked_on + DAYS_AWAY
    why = _("Of the same amount and about the same day, and in the books already.")
    moment = {"succeeded_at__date__gte": first, "succeeded_at__date__lte": last}
    rows: list[QuerySet[Any]] = []
    if line.amount_minor > 0:
        offline = [method for method, _label in Donation.Method.offline_money()]
        gifts = Donation.objects.succeeded().filter(method__in=offline, amount_minor=amount, currency=currency)
        paid = PromisePayment.objects.filter(status=PromisePayment.Status.BOOKED, amount_minor=amount)
        rows = [
            _free("donation", gifts.filter(**moment)),
            _free("promise_payment", paid.filter(currency=currency, received_on__range=(first, last))),
        ]
    payouts = Payout.objects.filter(amount_minor=line.amount_minor, currency=currency)
    rows.append(_free("payout", payouts.filter(arrives_on__range=(first, last))))
    kind = GrantPayment.Kind.RETURNED if line.amount_minor > 0 else GrantPayment.Kind.PAID
    moved = GrantPayment.objects.filter(kind=kind, status=GrantPayment.Status.BOOKED, moved_minor=amount)
    moved = moved.filter(moved_currency=currency, happened_on__range=(first, last)).select_related(
        "grant__organisation"
    )
    rows.append(_free("grant_payment", moved))
    for queryset in rows:
        for row in queryset[:MOST_OF_A_KIND]:
            yield Suggestion(f"{row._meta.model_name}-{row.pk}", why, ForRecord(line.amount_minor, row))


def _free(field: str, rows: QuerySet[Any]) -> QuerySet[Any]:
    standing = BankMatch.objects.standing().filter(**{field: OuterRef("pk")})
    return rows.filter(~Exists(standing)).order_by("-pk")


def _by_account(line: BankLine) -> Iterator[Suggestion]:
    """Who gave from the same account before."""
    if line.amount_minor < 0 or not line.counterparty_iban:
        return
    before = BankMatch.objects.standing().filter(line__counterparty_iban=line.counterparty_iban, amount_minor__gt=0)
    before = before.filter(Q(donation__isnull=False) | Q(promise_payment__isnull=False))
    why = _("They gave from the same account before.")
    for match in before.select_related("donation__donor", "promise_payment__contributor").order_by("-pk")[:3]:
        if match.promise_payment:
            yield _from_contributor(line, match.promise_payment.contributor, why)
        elif match.donation and not match.donation.donor.erased_at:
            yield _from_donor(line, match.donation.donor, why)


def _by_name(line: BankLine) -> Iterator[Suggestion]:
    """Whose name stands in the line."""
    text = f"{line.counterparty} {line.remittance}"
    if line.amount_minor < 0 or len(text) <= SHORTEST_NAME:
        return
    why = _("Their name stands in the line.")
    named = Contributor.objects.annotate(text=Value(text)).filter(text__icontains=F("name"))
    for contributor in [row for row in named[: 2 * MOST_OF_A_KIND] if len(row.name) >= SHORTEST_NAME][:MOST_OF_A_KIND]:
        yield _from_contributor(line, contributor, why)
    if len(line.counterparty) >= SHORTEST_NAME:
        donors = Donor.objects.filter(name__iexact=line.counterparty, erased_at=None)
        for donor in donors[:MOST_OF_A_KIND]:
            yield _from_donor(line, donor, why)


def _by_instalment(line: BankLine) -> Iterator[Suggestion]:
    """Whose next instalment is just what came in."""
    if line.amount_minor < 0:
        return
    left = F("amount_minor") - F("paid_minor") - F("written_off_minor") - F("cancelled_minor")
    fitting = Instalment.objects.outstanding().annotate(left=left).filter(left=line.amount_minor)
    fitting = fitting.filter(promised_gift__currency=line.currency).select_related("promised_gift__contributor")
    for instalment in fitting.order_by("due_on", "pk")[:MOST_OF_A_KIND]:
        why = _("Their instalment of %(day)s is of this amount.") % {"day": date_format(instalment.due_on)}
        yield _from_contributor(line, instalment.promised_gift.contributor, why)


def _by_going_out(line: BankLine) -> Iterator[Suggestion]:
    """Grants whose organisation is named in the line, the bank's fee, then the other grants that wait for money."""
    if line.amount_minor > 0:
        return
    found = list(_grants(line))
    yield from (suggestion for suggestion, is_named in found if is_named)
    yield Suggestion("bank-fee", _("Money went out."), ForBank(line.amount_minor, _("Fee of the bank’s")))
    yield from (suggestion for suggestion, is_named in found if not is_named)


def _grants(line: BankLine) -> Iterator[tuple[Suggestion, bool]]:
    text = f"{line.counterparty} {line.remittance}"
    approved = Grant.objects.filter(
        status=Grant.Status.APPROVED, currency=line.currency, amount_minor__gte=-line.amount_minor
    )
    named = approved.select_related("organisation").annotate(
        text=Value(text), is_named=Case(When(text__icontains=F("organisation__name"), then=1), default=0)
    )
    for grant in named.order_by("-is_named", "-pk")[:MOST_OF_A_KIND]:
        is_named = bool(getattr(grant, "is_named", 0))
        why = _("The organisation is named in the line.") if is_named else _("Both have signed it, in this currency.")
        yield Suggestion(f"grant-{grant.pk}", why, ForGrant(line.amount_minor, grant)), is_named


def _from_donor(line: BankLine, donor: Donor, why: str) -> Suggestion:
    return Suggestion(f"donor-{donor.pk}", why, ForDonor(line.amount_minor, donor))


def _from_contributor(line: BankLine, contributor: Contributor, why: str) -> Suggestion:
    return Suggestion(f"contributor-{contributor.pk}", why, ForContributor(line.amount_minor, contributor))
