"""This portal's own grants, for everybody. What the United Nations published of theirs is a page of `campaigns`."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from blueheart.languages import countries, country_name, page_language
from blueheart.pages import public_page
from blueheart.tables import Cell, csv_download
from campaigns.views.query import asked, asks_for_csv, page_of
from donations.amounts import in_units
from donations.models import Grant, GrantPayment

PER_PAGE = 50
COLUMNS = (
    "reference", "organisation", "iso2", "country", "purpose", "purpose_language", "currency", "granted", "paid",
    "returned", "starts_on", "ends_on", "approved_on", "state",
)  # fmt: skip


@dataclass
class Sums:
    """All grants that are shown in one currency, in minor units of it."""

    currency: str
    number: int
    granted_minor: int
    paid_minor: int = 0
    returned_minor: int = 0


@public_page(query=("country", "format", "page"), numbers=False)
def grants(request: HttpRequest) -> HttpResponse:
    """Grants that two persons signed, the newest first: of one country, or all; in pages or as CSV."""
    language = page_language()
    shown = Grant.objects.shown()
    codes = set(shown.order_by().values_list("country", flat=True).distinct())
    listed = [(code, name) for code, name in countries(language) if code in codes]
    country = asked(request, "country").upper()
    found = shown.filter(country=country) if country else shown
    rows = found.with_money().select_related("organisation").order_by("-pk")
    if asks_for_csv(request):
        return csv_download("grants-of-this-portal-test-mode", COLUMNS, _rows(rows, language))
    context = {
        "countries": listed,
        "country": country,
        "page": page_of(request, rows, PER_PAGE),
        "sums": _sums(found),
        "query": urlencode({"country": country.lower()}) if country else "",
    }
    return render(request, "donations/grants.html", context)


def _sums(found: "QuerySet[Grant]") -> list[Sums]:
    """What was granted, paid and returned in each currency, most grants first; two queries."""
    rows = found.order_by().values("currency").annotate(number=Count("pk"), granted=Sum("amount_minor"))
    sums = {row["currency"]: Sums(row["currency"], row["number"], row["granted"]) for row in rows}
    payments = GrantPayment.objects.filter(status=GrantPayment.Status.BOOKED, grant__in=found.order_by().values("pk"))
    moved = payments.order_by().values_list("grant__currency", "kind").annotate(sum=Sum("amount_minor"))
    for currency, kind, amount_minor in moved:
        if kind == GrantPayment.Kind.PAID:
            sums[currency].paid_minor = amount_minor
        else:
            sums[currency].returned_minor = amount_minor
    return sorted(sums.values(), key=lambda each: (-each.number, each.currency))


def _rows(grants: "QuerySet[Grant]", language: str) -> Iterator[list[Cell]]:
    for grant in grants:
        yield [
            grant.public_id,
            grant.organisation.public_name
            or _("An organisation in %(country)s") % {"country": country_name(grant.organisation.country, language)},
            grant.country,
            country_name(grant.country, language),
            grant.purpose,
            grant.language,
            grant.currency,
            *(
                in_units(minor, grant.currency)
                for minor in (grant.amount_minor, grant.paid_minor, grant.returned_minor)
            ),
            grant.starts_on,
            grant.ends_on,
            grant.approved_on,
            grant.status,
        ]
