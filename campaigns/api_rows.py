"""How each kind of content is told to scripts: its published fields, texts in the language asked for."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

from blueheart.languages import DEFAULT_LANGUAGE, country_name, page_language
from campaigns.api_schemas import (
    CampaignDetail,
    CampaignOut,
    CitedIn,
    CountryOut,
    CycleOut,
    FactOut,
    GrantOut,
    PointOut,
    ReportOut,
    SourceOut,
    TableOut,
)
from campaigns.markdown import marked_facts, published_facts, to_html
from campaigns.models import Campaign, Country, DataTable, Fact, GrantCycle, PublishedGrant, ReportEdition, Source
from campaigns.models.content import Sourced
from campaigns.printing import in_page_language

Facts = Mapping[str, Fact]


def fact_out(fact: Fact) -> FactOut:
    """Its edition and its newer figure must be loaded with it."""
    newer, report = fact.superseded_by, fact.report
    return FactOut(
        **texts(fact, "statement", "value", "unit", "scope", "period", "population"),
        **stated(fact),
        slug=fact.slug,
        topic=fact.topic,
        number=number(fact.number),
        country=fact.iso2 or None,
        year=fact.year,
        as_of=fact.as_of,
        superseded_by=newer.slug if newer and newer.is_public else None,
        global_report=report.year if report and report.is_public else None,
        updated_at=fact.updated_at,
        url=address(fact),
    )


def campaign_out(campaign: Campaign) -> CampaignOut:
    """Its parent, country and picture must be loaded with it."""
    return CampaignOut(**_campaign_fields(campaign))


def campaign_detail(campaign: Campaign, children: Iterable[Campaign], facts: Iterable[Fact]) -> CampaignDetail:
    """The campaign with the published rows that belong to it."""
    fields = _campaign_fields(campaign)
    body, language = in_language(campaign, "body")
    fields["lang"] |= {"body_html": language} if body else {}
    return CampaignDetail(
        **fields,
        body_html=html(campaign, "body", facts_in([campaign], "body")),
        children=[child.slug for child in children],
        related_facts=[fact.slug for fact in facts],
        source=source_out(campaign.source, "") if campaign.source else None,
    )


def _campaign_fields(campaign: Campaign) -> dict[str, Any]:
    parent, picture = campaign.parent, campaign.picture
    return {
        **texts(campaign, "title", "summary"),
        "slug": campaign.slug,
        "kind": campaign.kind,
        "parent": parent.slug if parent and parent.is_public else None,
        "country": campaign.country.iso2 if campaign.country else None,
        "starts_on": campaign.starts_on,
        "ends_on": campaign.ends_on,
        "pledge_goal": campaign.pledge_goal,
        "money_goal_minor": campaign.money_goal_minor,
        "money_goal_currency": campaign.money_goal_currency or None,
        "picture_url": absolute(picture.file.url) if picture else None,
        "picture_alt": in_page_language(picture, "alt")[0] if picture else None,
        "picture_credit": f"{picture.credit}, {picture.licence}" if picture else None,
        "updated_at": campaign.updated_at,
        "url": address(campaign),
        "pledge_url": absolute(reverse("pledges:pledge_campaign", args=[campaign.slug])),
        "donate_url": absolute(reverse("donations:donate_campaign", args=[campaign.slug])),
    }


def country_out(country: Country, facts: Facts) -> CountryOut:
    """The facts are those that its story marks."""
    return CountryOut(
        **stated(country),
        lang={"story_html": in_language(country, "story")[1]},
        iso2=country.iso2,
        name=country_name(country.iso2, page_language()),
        joined_on=country.joined_on,
        joined_precision=country.joined_precision,
        story_html=html(country, "story", facts),
        updated_at=country.updated_at,
        url=address(country),
    )


def report_out(edition: ReportEdition) -> ReportOut:
    """Its published key figures and tables must be loaded with it."""
    return ReportOut(
        **texts(edition, "ordinal", "summary", "doubts"),
        **stated(edition),
        year=edition.year,
        released_on=edition.released_on,
        released_precision=edition.released_precision,
        countries_covered=edition.countries_covered,
        data_from=edition.data_from,
        data_to=edition.data_to,
        key_figures=[fact.slug for fact in edition.key_figures.all()],
        tables=[table_out(table, edition) for table in edition.tables.all()],
        updated_at=edition.updated_at,
        url=address(edition),
    )


def table_out(table: DataTable, edition: ReportEdition | None) -> TableOut:
    """Its points must be loaded with it; `edition` is the one it belongs to, if that is published."""
    points = [
        PointOut(
            label=in_page_language(point, "label")[0],
            series=in_page_language(point, "series")[0] or None,
            value=number(point.value) or 0,
        )
        for point in table.points.all()
    ]
    return TableOut(
        **texts(table, "title", "unit", "scope", "period", "population", "note"),
        **stated(table),
        slug=table.slug,
        global_report=edition.year if edition else None,
        topic=table.topic,
        points=points,
    )


def cycle_out(cycle: GrantCycle) -> CycleOut:
    return CycleOut(
        **texts(cycle, "name", "amount_words", "ceiling_words"),
        **stated(cycle),
        slug=cycle.slug,
        announced_on=cycle.announced_on,
        announced_precision=cycle.announced_precision,
        amount_usd=cycle.amount_usd,
        projects_count=cycle.projects_count,
        countries_count=cycle.countries_count,
        applications_count=cycle.applications_count,
        url=address(cycle),
    )


def grant_out(grant: PublishedGrant) -> GrantOut:
    """Its cycle must be loaded with it."""
    told = texts(grant, "purpose")
    cycle_name, language = in_language(grant.cycle, "name")
    told["lang"]["cycle_name"] = language
    return GrantOut(
        **told,
        **stated(grant),
        slug=grant.slug,
        cycle=grant.cycle.slug,
        cycle_name=cycle_name,
        year=grant.cycle.announced_on.year,
        organisation=grant.organisation or None,
        country=grant.iso2,
        country_name=country_name(grant.iso2, page_language()),
        amount_usd=grant.amount_usd,
        months=grant.months,
        url=address(grant),
    )


def stated(row: Sourced) -> dict[str, Any]:
    """Who says it, where, and how sure it is."""
    return {
        "certainty": row.certainty,
        "reported_by": row.reported_by or None,
        "source": source_out(row.source, row.locator),
    }


def source_out(source: Source, page: str) -> SourceOut:
    """The source that `with_source` has loaded, and the place in it."""
    cited_in = source.read_in
    return SourceOut(
        title=source.title,
        language=source.language,
        publisher=source.publisher,
        kind=source.kind,
        url=source.url or None,
        year=source.year,
        page=page or None,
        cited_in=CitedIn(
            title=cited_in.title, publisher=cited_in.publisher, url=cited_in.url or None, year=cited_in.year
        )
        if cited_in
        else None,
    )


def texts(row: Model, *fields: str) -> dict[str, Any]:
    """The row's texts, none where it has none, and under `lang` the language that each came in."""
    told = {field: in_language(row, field) for field in fields}
    languages = {field: language for field, (text, language) in told.items() if text}
    return {field: text or None for field, (text, _language) in told.items()} | {"lang": languages}


def in_language(row: Model, field: str) -> tuple[str, str]:
    """The field's text and the language that it came in."""
    text, is_native = in_page_language(row, field)
    return text, page_language() if is_native else DEFAULT_LANGUAGE


def facts_in(rows: Iterable[Model], field: str) -> Facts:
    """The published facts that the texts mark, in one query or none."""
    return published_facts([slug for row in rows for slug in marked_facts(in_page_language(row, field)[0])])


def html(row: Model, field: str, facts: Facts) -> str:
    """A Markdown field as HTML whose links lead to this site from anywhere."""
    text, language = in_language(row, field)
    return to_html(text, facts, language=language).replace('href="/', f'href="{settings.SITE_URL}/')


def number(value: Decimal | None) -> int | float | None:
    """The number without the decimals that only its column adds."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def address(row: Any) -> str:
    return absolute(row.get_absolute_url())


def absolute(path: str) -> str:
    """The address on this site, or elsewhere where pictures have a host of their own."""
    return path if "://" in path else f"{settings.SITE_URL}{path}"
