"""All gifts of one donor in one calendar year, as the issuer's time zone cuts it."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_name
from django.utils import translation
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, page_language
from campaigns.printing import in_page_language
from donations.models import Donation, Donor, LegalEntity
from donations.receipts.sheets import Row, Sheet, Table, amount, day, not_for_taxes, watermark
from donations.receipts.snapshot import Standing, local_day, standing_of

# Whatever stands in an address: the calendar ends in 9999.
YEARS = range(2000, 9999)


class NothingGivenError(LookupError):
    """The donor gave nothing in that year."""


@dataclass(frozen=True)
class Given:
    """One gift of the year, and what of it is still with us."""

    donation: Donation
    on: dt.date
    standing: Standing

    @property
    def amounts(self) -> tuple[int, int, int]:
        """Given, gone back, and what remains."""
        net_minor = self.standing.net_minor
        return self.standing.amount_minor, self.standing.amount_minor - net_minor, net_minor


def statement_for(donor: Donor, year: int, *, language: str = "") -> Sheet:
    """The donor's statement of the year, by who issues receipts now; in the donor's language unless given.

    Raises `NothingGivenError`.
    """
    entity = _issuer()
    if entity is None:
        raise NothingGivenError(f"{donor} {year}")
    return statement_sheet(donor, year, entity, language=language or donor.language)


def years_of(donor: Donor) -> list[int]:
    """The years in which the donor gave, newest first, as the issuer's time zone cuts them."""
    entity = _issuer()
    if entity is None:
        return []
    moments = donor.donations.succeeded().values_list("succeeded_at", flat=True)
    return sorted({local_day(moment, entity).year for moment in moments if moment}, reverse=True)


def statement_sheet(donor: Donor, year: int, entity: LegalEntity, *, language: str) -> Sheet:
    """The donor's gifts of the year, each currency with its sums. Raises `NothingGivenError`.

    Refunds and lost disputes stand beside the gift they belong to, whenever they came. The same books make the same
    statement: it is dated by the last thing that it tells of.
    """
    given = _given(donor, year, entity)
    if not given:
        raise NothingGivenError(f"{donor} {year}")
    with translation.override(language):
        name = next((gift.donation.receipt_name for gift in reversed(given) if gift.donation.receipt_name), donor.name)
        return Sheet(
            language=language,
            title=_("Your gifts in %(year)s") % {"year": year},
            made_at=_last_change(given),
            issuer=entity.name,
            address=entity.address,
            intro=_("All gifts that arrived in that year, by the calendar of the time zone %(zone)s.")
            % {"zone": entity.time_zone},
            rows=(Row(_("Given by"), name or _("A donor who gave no name")),),
            tables=tuple(_tables(given)),
            notes=tuple(note for note in (entity.note, not_for_taxes()) if note),
            watermark=watermark(),
        )


def _issuer() -> LegalEntity | None:
    return LegalEntity.objects.order_by("-is_default", "pk").first()


def _given(donor: Donor, year: int, entity: LegalEntity) -> list[Given]:
    if year not in YEARS:
        return []
    zone = ZoneInfo(entity.time_zone)
    begin, end = (dt.datetime(first, 1, 1, tzinfo=zone) for first in (year, year + 1))
    donations = (
        donor.donations.succeeded()
        .filter(succeeded_at__gte=begin, succeeded_at__lt=end)
        .select_related("campaign")
        .prefetch_related("refunds", "disputes")
        .order_by("succeeded_at", "pk")
    )
    return [
        Given(donation, local_day(donation.succeeded_at, entity), standing_of(donation))
        for donation in donations
        if donation.succeeded_at
    ]


def _tables(given: list[Given]) -> list[Table]:
    """One per currency; gifts in kind, whose value is estimated, never stand in one sum with money."""
    tables = []
    in_order = sorted(given, key=_kind)  # a stable sort: days stay in order
    for (currency, is_in_kind), group in groupby(in_order, key=_kind):
        gifts = list(group)
        value = _("Estimated value") if is_in_kind else _("Amount")
        head = (_("Gift"), value, _("Given back"), _("What remains"))
        name = _currency_name(currency)
        caption = _("%(currency)s, given in kind") % {"currency": name} if is_in_kind else name
        rows = tuple((_what(gift), *_words(gift.amounts, currency)) for gift in gifts)
        sums = tuple(map(sum, zip(*(gift.amounts for gift in gifts), strict=True)))
        tables.append(Table(caption, head, rows, (_("Together"), *_words(sums, currency))))
    return tables


def _kind(gift: Given) -> tuple[str, bool]:
    return gift.donation.currency, gift.donation.is_in_kind


def _what(gift: Given) -> str:
    donation = gift.donation
    what_for = in_page_language(donation.campaign, "title")[0] if donation.campaign else _("The Trust Fund in general")
    came = [str(donation.get_method_display())] if donation.is_offline and not donation.is_in_kind else []
    return "\n".join(line for line in (day(gift.on), what_for, *came, donation.in_kind) if line)


def _words(amounts: tuple[int, ...], currency: str) -> tuple[str, ...]:
    return tuple(amount(minor, currency) for minor in amounts)


def _currency_name(currency: str) -> str:
    name: str = get_currency_name(currency, locale=babel_locale(page_language()))
    return name[:1].upper() + name[1:]


def _last_change(given: list[Given]) -> dt.datetime:
    moments = [gift.donation.succeeded_at for gift in given]
    for gift in given:
        moments += [refund.succeeded_at for refund in gift.donation.refunds.all()]
        moments += [dispute.closed_at for dispute in gift.donation.disputes.all()]
    return max(moment for moment in moments if moment)
