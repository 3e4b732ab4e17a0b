"""Consent texts as a story needs them."""

from django.utils import timezone

from blueheart.consents.models import ConsentText

LANGUAGES = ("en", "ar", "zh_hans", "fr", "ru", "es", "pt")


def a_text(version, *, key="16-or-older", says="I am sixteen", in_force=True, spelled="{} ({})"):
    """A version in all seven languages, each with its code behind the words."""
    words = {f"text_{language}": spelled.format(says, language) for language in LANGUAGES}
    return ConsentText.objects.create(
        key=key, version=version, in_force_from=timezone.now() if in_force else None, **words
    )
