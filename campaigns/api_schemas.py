"""What the API says of each kind of content. Never who wrote it, and nothing that is not on its page."""

import datetime as dt
from typing import Annotated

from ninja import Schema
from pydantic import Field

from blueheart.api.schemas import Languages, OneOf, Page
from campaigns.models import Campaign, DataTable, Fact, Source, content

Precision = Annotated[str, OneOf(content.Precision.values)]

SHOWN_AS = "https://blueheart.example/en"
PRECISION = "How much of the date is known; `by` is a day on which it was already so."


class CitedIn(Schema):
    """The page or document that we read, where it cites another one."""

    title: str = Field(description="Its title.", examples=["The blue heart campaign"])
    publisher: str = Field(description="Who published it.", examples=["UNRIC"])
    url: str | None = Field(
        description="Its address, if it has one that we know.",
        examples=["https://archive.unric.org/en/human-trafficking/27449-the-blue-heart-campaign"],
    )
    year: int | None = Field(description="The year of its publication.", examples=[2012])


class SourceOut(Schema):
    """Who says so: a page or a document, and the place in it."""

    title: str = Field(description="Its title, in its own language.", examples=["Trafficking in persons to Europe"])
    language: str = Field(description="The language of the title.", examples=["en"])
    publisher: str = Field(description="Who published it.", examples=["UNODC"])
    kind: Annotated[str, OneOf(Source.Kind.values)] = Field(description="What it is.", examples=["report"])
    url: str | None = Field(description="Its address, if it has one that we know.", examples=[None])
    year: int | None = Field(description="The year of its publication.", examples=[2010])
    page: str | None = Field(description="The place in it, in words.", examples=["section 2"])
    cited_in: CitedIn | None = Field(description="Where we read what it says, if not in itself.")


Certainty = Annotated[
    str,
    OneOf(content.Certainty.values),
    Field(
        description="`A`: stated by the United Nations or in the document itself. `B`: as reported by one other.",
        examples=["A"],
    ),
]
Reporter = Annotated[str | None, Field(description="Who reports it, with certainty `B`.", examples=[None])]


class FactOut(Schema):
    """A figure with its scope, its year and its source; a newer one supersedes it, and it stays as history."""

    slug: str = Field(description="Its name, for ever.", examples=["europe-victims-at-any-time"])
    topic: Annotated[str, OneOf(Fact.Topic.values)] = Field(description="What it is about.", examples=["europe"])
    statement: str = Field(
        description="What the value says, in a sentence with its year.",
        examples=["In 2010 UNODC put at this number the victims in Europe at any one time."],
    )
    value: str = Field(description="The value as published.", examples=["140,000"])
    number: int | float | None = Field(description="The value as one number, where it is one.", examples=[140000])
    unit: str | None = Field(description="What the number counts.", examples=["people"])
    scope: str = Field(description="Where it holds.", examples=["Europe"])
    country: str | None = Field(description="The country's ISO 3166-1 code, where it is of one.", examples=[None])
    year: int = Field(description="The year that it speaks of, or the last one.", examples=[2010])
    period: str | None = Field(description="Where one year is too short.", examples=[None])
    as_of: dt.date | None = Field(description="The day on which it held.", examples=[None])
    population: str | None = Field(
        description="Who was counted; detected victims are those whom somebody found.", examples=["estimated victims"]
    )
    superseded_by: str | None = Field(description="The slug of the newer figure.", examples=[None])
    global_report: int | None = Field(description="The year of the Global Report it is a figure of.", examples=[None])
    updated_at: dt.datetime = Field(
        description="When we last changed the row (UTC).", examples=["2026-07-30T08:00:00Z"]
    )
    url: str = Field(
        description="Its page.",
        examples=[f"{SHOWN_AS}/facts/europe-victims-at-any-time/"],
        json_schema_extra={"format": "uri"},
    )
    certainty: Certainty
    reported_by: Reporter
    source: SourceOut
    lang: Languages = Field(examples=[{"statement": "en", "value": "en"}])


class FactPage(Page):
    items: list[FactOut]


class CampaignOut(Schema):
    """Something to pledge for and to give to. What was pledged and given stands elsewhere, in the statistics."""

    slug: str = Field(description="Its name in addresses.", examples=["blue-heart"])
    kind: Annotated[str, OneOf(Campaign.Kind.values)] = Field(description="What it is.", examples=["global"])
    title: str = Field(description="Its title.", examples=["The Blue Heart Campaign"])
    summary: str = Field(description="One or two sentences.", examples=["Wear the Blue Heart."])
    parent: str | None = Field(description="The slug of the campaign that it is part of.", examples=[None])
    country: str | None = Field(description="The country's ISO 3166-1 code, for a country's own.", examples=[None])
    starts_on: dt.date | None = Field(description="Its first day.", examples=["2009-03-05"])
    ends_on: dt.date | None = Field(description="Its last day; null: it goes on.", examples=[None])
    pledge_goal: int | None = Field(description="How many pledges it hopes for.", examples=[10000])
    money_goal_minor: int | None = Field(
        description="How much it hopes for in test mode, in the currency's smallest unit.", examples=[2500000]
    )
    money_goal_currency: str | None = Field(description="That goal's currency (ISO 4217).", examples=["USD"])
    picture_url: str | None = Field(description="The picture of its page.", examples=[None])
    picture_alt: str | None = Field(description="What the picture shows.", examples=[None])
    picture_credit: str | None = Field(description="Who made the picture, and its licence.", examples=[None])
    updated_at: dt.datetime = Field(
        description="When we last changed the row (UTC).", examples=["2026-07-30T08:00:00Z"]
    )
    url: str = Field(
        description="Its page.", examples=[f"{SHOWN_AS}/campaigns/blue-heart/"], json_schema_extra={"format": "uri"}
    )
    pledge_url: str = Field(
        description="Where to pledge for it.",
        examples=[f"{SHOWN_AS}/pledge/blue-heart/"],
        json_schema_extra={"format": "uri"},
    )
    donate_url: str = Field(
        description="Where to give to it, in test mode.",
        examples=[f"{SHOWN_AS}/donate/blue-heart/"],
        json_schema_extra={"format": "uri"},
    )
    lang: Languages = Field(examples=[{"title": "en", "summary": "en"}])


class CampaignPage(Page):
    items: list[CampaignOut]


class CampaignDetail(CampaignOut):
    """A campaign with its text, and what belongs to it."""

    body_html: str = Field(description="Its text, as HTML.", examples=["<p>The Blue Heart is a sign.</p>"])
    children: list[str] = Field(description="The slugs of the campaigns that are part of it.", examples=[["mexico"]])
    related_facts: list[str] = Field(description="The slugs of its facts.", examples=[["europe-victims-at-any-time"]])
    source: SourceOut | None


class CountryOut(Schema):
    """A country that adopted the Blue Heart."""

    iso2: str = Field(description="Its ISO 3166-1 code.", examples=["PT"])
    name: str = Field(description="Its name, as the United Nations write it.", examples=["Portugal"])
    joined_on: dt.date = Field(description="When it joined; see `joined_precision`.", examples=["2012-04-01"])
    joined_precision: Precision = Field(description=PRECISION, examples=["month"])
    story_html: str = Field(description="How it joined, as HTML.", examples=["<p>Portugal launched its campaign.</p>"])
    updated_at: dt.datetime = Field(
        description="When we last changed the row (UTC).", examples=["2026-07-30T08:00:00Z"]
    )
    url: str = Field(
        description="Its page.", examples=[f"{SHOWN_AS}/countries/pt/"], json_schema_extra={"format": "uri"}
    )
    certainty: Certainty
    reported_by: Reporter
    source: SourceOut
    lang: Languages = Field(examples=[{"story_html": "en"}])


class CountryPage(Page):
    items: list[CountryOut]


class PointOut(Schema):
    """One number of a table."""

    label: str = Field(description="Its row.", examples=["The Balkans"])
    series: str | None = Field(description="Its column, where there are several.", examples=[None])
    value: int | float = Field(description="The number.", examples=[32])


class TableOut(Schema):
    """Numbers that belong together."""

    slug: str = Field(description="Its name, for ever.", examples=["europe-2010-origins"])
    global_report: int | None = Field(description="The year of the Global Report it belongs to.", examples=[None])
    topic: Annotated[str, OneOf(DataTable.Topic.values)] = Field(description="What it is about.", examples=["origin"])
    title: str = Field(description="Its title.", examples=["Where the victims found in Europe came from"])
    unit: str = Field(description="What the numbers are.", examples=["%"])
    scope: str = Field(description="Where they hold.", examples=["Europe"])
    period: str = Field(description="When they held.", examples=["2010"])
    population: str = Field(description="Who was counted.", examples=["detected victims"])
    note: str | None = Field(description="What to know before comparing.", examples=["The rest is not published."])
    points: list[PointOut]
    certainty: Certainty
    reported_by: Reporter
    source: SourceOut
    lang: Languages = Field(examples=[{"title": "en", "note": "en"}])


class TablePage(Page):
    items: list[TableOut]


class ReportOut(Schema):
    """An edition of the Global Report on Trafficking in Persons."""

    year: int = Field(description="Its year.", examples=[2016])
    ordinal: str | None = Field(description="Its number in words, only as published.", examples=["third"])
    released_on: dt.date = Field(description="When it came out.", examples=["2016-12-21"])
    released_precision: Precision = Field(description=PRECISION, examples=["day"])
    countries_covered: int | None = Field(description="How many countries it covers.", examples=[136])
    data_from: int | None = Field(description="The first year of its data.", examples=[2012])
    data_to: int | None = Field(description="The last year of its data.", examples=[2014])
    summary: str = Field(description="One or two sentences.", examples=["On trafficking, migration and conflict."])
    doubts: str | None = Field(description="Where sources disagree.", examples=[None])
    key_figures: list[str] = Field(description="The slugs of its facts.", examples=[["glotip-2016-countries"]])
    tables: list[TableOut] = Field(description="Its tables; in CSV they have a list of their own, `data-tables`.")
    updated_at: dt.datetime = Field(
        description="When we last changed the row (UTC).", examples=["2026-07-30T08:00:00Z"]
    )
    url: str = Field(
        description="Its page.", examples=[f"{SHOWN_AS}/global-report/2016/"], json_schema_extra={"format": "uri"}
    )
    certainty: Certainty
    reported_by: Reporter
    source: SourceOut
    lang: Languages = Field(examples=[{"ordinal": "en", "summary": "en"}])


class ReportPage(Page):
    items: list[ReportOut]


class CycleOut(Schema):
    """A call of the Trust Fund and what came of it, as published: real money, and no part of this portal's ledger."""

    slug: str = Field(description="Its name, for ever.", examples=["fifth-call"])
    name: str = Field(description="Its name.", examples=["Fifth call"])
    announced_on: dt.date = Field(description="When it was announced.", examples=["2021-11-01"])
    announced_precision: Precision = Field(description=PRECISION, examples=["month"])
    amount_words: str | None = Field(description="The sum, as its source says it.", examples=["About US$ 0.6 million"])
    amount_usd: int | None = Field(description="The same in US dollars, rounded as it was there.", examples=[600000])
    ceiling_words: str | None = Field(description="The most for one project.", examples=["US$ 60,000"])
    projects_count: int | None = Field(description="How many projects were chosen.", examples=[10])
    countries_count: int | None = Field(description="In how many countries.", examples=[10])
    applications_count: int | None = Field(description="How many had applied.", examples=[400])
    url: str = Field(
        description="Its projects.",
        examples=[f"{SHOWN_AS}/trust-fund/projects/?cycle=fifth-call"],
        json_schema_extra={"format": "uri"},
    )
    certainty: Certainty
    reported_by: Reporter
    source: SourceOut
    lang: Languages = Field(examples=[{"name": "en", "amount_words": "en"}])


class CyclePage(Page):
    items: list[CycleOut]


class GrantOut(Schema):
    """A project that the Trust Fund supported, as published: real money, and no part of this portal's ledger."""

    slug: str = Field(description="Its name, for ever.", examples=["seventh-call-willow"])
    cycle: str = Field(description="Its call’s slug: see `grants/cycles`.", examples=["seventh-call-emergency-grants"])
    cycle_name: str = Field(description="The call's name.", examples=["Seventh call, emergency grants"])
    year: int = Field(description="The year of the call's announcement.", examples=[2023])
    organisation: str | None = Field(
        description="Who received it; null where only the country was published.", examples=["Willow International"]
    )
    country: str = Field(description="Its ISO 3166-1 code.", examples=["UG"])
    country_name: str = Field(description="Its name, as the United Nations write it.", examples=["Uganda"])
    amount_usd: int | None = Field(description="In US dollars, where it was published.", examples=[20000])
    months: int | None = Field(description="How long it ran.", examples=[9])
    purpose: str | None = Field(description="What for.", examples=["Medical care, and a way back into life."])
    url: str = Field(
        description="Its place on the site.",
        examples=[f"{SHOWN_AS}/trust-fund/projects/?country=ug#seventh-call-willow"],
        json_schema_extra={"format": "uri"},
    )
    certainty: Certainty
    reported_by: Reporter
    source: SourceOut
    lang: Languages = Field(examples=[{"cycle_name": "en", "purpose": "en"}])


class GrantPage(Page):
    items: list[GrantOut]
