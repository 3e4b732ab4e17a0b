from modeltranslation.translator import TranslationOptions, register

from pledges.models import PreceptWording


@register(PreceptWording)
class PreceptWordingTranslation(TranslationOptions):
    fields = ("title", "text")
