"""Which columns exist once per language of the site (a column each: pages need no join); which rows keep history."""

from django.db.models import Model
from modeltranslation.translator import TranslationOptions, translator
from simple_history import register as keep_history

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


def translated_fields(model: type[Model]) -> frozenset[str]:
    """The fields of the model that exist once per language."""
    required, optional = TRANSLATED.get(model, ((), ()))
    return frozenset(required + optional)
