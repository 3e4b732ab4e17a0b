from modeltranslation.translator import TranslationOptions, register

from blueheart.consents.models import ConsentText


@register(ConsentText)
class ConsentTextTranslation(TranslationOptions):
    fields = ("text",)
