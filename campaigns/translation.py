"""Which columns exist once per language of the site (a column each: pages need no join)."""

from django.db.models import Model
from modeltranslation.translator import TranslationOptions, register, translator

from campaigns.models import Campaign, Country, Fact, Helpline, Milestone

TRANSLATED = (Campaign, Country, Fact, Milestone, Helpline)


@register(Campaign)
class CampaignTranslation(TranslationOptions):
    fields = ("title", "summary", "body")
    required_languages = ("en",)


@register(Country)
class CountryTranslation(TranslationOptions):
    fields = ("story",)
    required_languages = ("en",)


@register(Fact)
class FactTranslation(TranslationOptions):
    fields = ("statement", "value", "unit", "scope", "period", "population")
    required_languages = {"en": ("statement", "value", "scope")}


@register(Milestone)
class MilestoneTranslation(TranslationOptions):
    fields = ("title", "text")
    required_languages = {"en": ("title",)}


@register(Helpline)
class HelplineTranslation(TranslationOptions):
    fields = ("other_ways", "languages", "hours", "note")


def translated_fields(model: type[Model]) -> frozenset[str]:
    """The fields of the model that exist once per language."""
    return frozenset(translator.get_options_for_model(model).all_fields) if model in TRANSLATED else frozenset()
