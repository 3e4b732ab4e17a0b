"""Which columns exist once per language of the site (a column each: pages need no join); which rows keep history."""

from typing import Any, NamedTuple

from django.db.models import BooleanField, Count, Func, Model, Q, QuerySet
from modeltranslation.translator import TranslationOptions, translator
from modeltranslation.utils import build_localized_fieldname
from simple_history import register as keep_history

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from campaigns.models import (
    Campaign,
    Country,
    DataPoint,
    DataTable,
    Event,
    Fact,
    GrantCycle,
    Helpline,
    LegalInstrument,
    Milestone,
    NewsItem,
    Partner,
    Picture,
    PublishedGrant,
    ReportEdition,
    Resource,
    Source,
    WorldDayEdition,
)
from campaigns.models.content import Content

# Per model: the fields that English must have, and those that may be empty.
TRANSLATED: dict[type[Model], tuple[tuple[str, ...], tuple[str, ...]]] = {
    Campaign: (("title", "summary"), ("body",)),
    Country: (("story",), ()),
    DataPoint: (("label",), ("series",)),
    DataTable: (("title", "unit", "scope", "period", "population"), ("note",)),
    Event: (("title", "place"), ("text",)),
    Fact: (("statement", "value", "scope"), ("unit", "period", "population")),
    GrantCycle: (("name",), ("amount_words", "ceiling_words", "text")),
    Helpline: ((), ("other_ways", "languages", "hours", "note")),
    LegalInstrument: (("title", "text"), ()),
    Milestone: (("title",), ("text",)),
    NewsItem: (("title", "summary", "body"), ()),
    Partner: (("role", "text"), ()),
    Picture: (("alt",), ()),
    PublishedGrant: ((), ("purpose",)),
    ReportEdition: (("summary",), ("ordinal", "body", "doubts")),
    Resource: (("title", "summary"), ()),
    WorldDayEdition: ((), ("theme", "summary", "story")),
}
WITHOUT_HISTORY = (DataPoint,)  # its table is replaced as a whole

for model, (required, optional) in TRANSLATED.items():
    options = type(
        f"{model.__name__}Translation",
        (TranslationOptions,),
        {"fields": required + optional, "required_languages": {"en": required}},
    )
    translator.register(model, options)

# After the translations, so that the history has their columns too.
for kept in {*TRANSLATED, Source}.difference(WITHOUT_HISTORY):
    keep_history(kept, excluded_fields=["loaded", "updated_at"])


# Texts of Markdown, which pages print as prose.
MARKDOWN = frozenset({"body", "story", "text"})


def translated_fields(model: type[Model]) -> frozenset[str]:
    """The fields of the model that exist once per language."""
    required, optional = TRANSLATED.get(model, ((), ()))
    return frozenset(required + optional)


def missing_in(model: type[Model], language: str) -> Q:
    """The rows of the model with a text that English has and the language lacks."""
    missing = Q(pk__in=[])
    for field in sorted(translated_fields(model)):
        there, here = (build_localized_fieldname(field, code) for code in (DEFAULT_LANGUAGE, language))
        missing |= _is_written(there) & (Q(**{here: ""}) | Q(**{f"{here}__isnull": True}))
    return missing


class _LacksOne(Func):
    """Whether the first column has a text and one of the others has none.

    One expression instead of conditions on each column: those cost the office's home more to write than to answer.
    """

    output_field = BooleanField()

    def as_sql(self, compiler: Any, _connection: Any, **_context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        there, *others = (compiler.compile(column)[0] for column in self.get_source_expressions())
        texts = ", ".join(f"COALESCE({column}, '')" for column in others)
        return f"({there} <> '' AND '' IN ({texts}))", []


def missing_anywhere(model: type[Content]) -> "QuerySet[Content]":
    """The published rows of the model with a text that English has and some language lacks, in no order."""
    missing, others = Q(pk__in=[]), [code for code, _name in LANGUAGES if code != DEFAULT_LANGUAGE]
    for field in sorted(translated_fields(model)):
        missing |= Q(_LacksOne(*(build_localized_fieldname(field, code) for code in (DEFAULT_LANGUAGE, *others))))
    return model.objects.published().filter(missing).order_by()  # type: ignore[attr-defined,no-any-return]


class Progress(NamedTuple):
    """Of so many texts that English has, how many a language has, too."""

    done: int
    texts: int


def read_by_all(model: type[Model]) -> "QuerySet[Any]":
    """The rows of a translated model that readers may see."""
    rows: QuerySet[Any] = model._default_manager.all()
    return rows.published() if hasattr(model, "Status") else rows  # type: ignore[attr-defined]


def progress(model: type[Model], language: str) -> Progress:
    """How far the language is in the rows that readers may see; one query."""
    sums: dict[str, Count] = {}
    for number, field in enumerate(sorted(translated_fields(model))):
        there, here = (_is_written(build_localized_fieldname(field, code)) for code in (DEFAULT_LANGUAGE, language))
        sums |= {f"texts_{number}": Count("pk", filter=there), f"done_{number}": Count("pk", filter=there & here)}
    counted = read_by_all(model).aggregate(**sums)
    texts, done = (sum(counted[name] for name in sums if name.startswith(kind)) for kind in ("texts", "done"))
    return Progress(done, texts)


def next_missing(model: type[Model], language: str, *, after: Any = None) -> Any | None:
    """The key of the next row that readers may see and that lacks a text in the language: behind `after`, else the
    first of all; one or two queries.
    """
    keys = read_by_all(model).filter(missing_in(model, language)).order_by("pk").values_list("pk", flat=True)
    behind = keys.filter(pk__gt=after).first() if after is not None else None
    return keys.exclude(pk=after).first() if behind is None else behind


def _is_written(column: str) -> Q:
    return ~Q(**{column: ""}) & Q(**{f"{column}__isnull": False})


class Missing(NamedTuple):
    """How many published rows of a model lack a text, by the code of each language but English."""

    model: type[Model]
    rows: int
    missing: dict[str, int]


def missing_counts() -> list[Missing]:
    """What readers see in English for want of a translation, per kind of content; one query a kind."""
    codes = [code for code, _name in LANGUAGES if code != DEFAULT_LANGUAGE]
    counted = []
    for model in TRANSLATED:
        if not hasattr(model, "Status"):
            continue
        sums = {f"missing_{number}": Count("pk", filter=missing_in(model, code)) for number, code in enumerate(codes)}
        row = model.objects.published().aggregate(rows=Count("pk"), **sums)  # type: ignore[attr-defined]
        by_code = {code: row[f"missing_{number}"] for number, code in enumerate(codes)}
        counted.append(Missing(model, row["rows"], by_code))
    return counted
