"""The picture that stands for a heart where somebody shares it: its name in its script, its number, no words.

Nothing of it is kept on disk: who changes their name or is erased leaves no picture behind.
"""

from functools import lru_cache
from unicodedata import bidirectional

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from blueheart.languages import DEFAULT_LANGUAGE, country_name, is_rtl, page_language
from blueheart.templatetags.money import number
from campaigns.share.bidi import RTL_LETTERS
from campaigns.share.picture import OwnPicture, Picture, Words, png
from campaigns.share.store import name_of
from campaigns.share.typesetting import Style, families_of_names, missing
from pledges.wall import Heart

__all__ = ["drawn", "name_of", "own_picture", "picture"]

ARABIC = "ar"
VERSION_LENGTH = 12


def picture(heart: Heart) -> Picture:
    """What the picture says, in the page's language."""
    language = page_language()
    return Picture(
        language=language,
        eyebrow=Words(_("Heart number %(number)s") % {"number": number(heart.pledge.number or 0)}, language),
        title=_name(heart),
        text=Words(_("I wear the Blue Heart against trafficking in persons."), language),
        note=Words(country_name(heart.country, language) if heart.country else "", language),
        site_name=str(settings.SITE_NAME),
        standing=_("Independent · test mode · not an official UN site"),
    )


@lru_cache(maxsize=64)
def drawn(picture: Picture) -> bytes:
    """The picture as a PNG of 1200 × 630 pixels; a heart that many look at is drawn once."""
    return png(picture)


def own_picture(heart: Heart) -> OwnPicture:
    """Where the picture is: elsewhere as soon as it says something else, for other sites keep what they have seen."""
    shown = picture(heart)
    path = reverse("pledges:heart_card", args=[heart.pledge.public_id])
    alt = _("A blue heart beside the words: %(words)s")
    words = ", ".join(filter(None, (shown.title.text, shown.eyebrow.text, shown.note.text)))
    return OwnPicture(f"{path}?v={name_of(shown)[:VERSION_LENGTH]}", alt % {"words": words})


def _name(heart: Heart) -> Words:
    """The name in the fonts and the direction of its script; a name that no font of ours can write is no name."""
    language = page_language()
    if not heart.public_name:
        return Words(heart.name, language)
    is_from_the_right = bidirectional(heart.name[0]) in RTL_LETTERS
    if is_from_the_right != is_rtl(language):
        language = ARABIC if is_from_the_right else DEFAULT_LANGUAGE
    families = families_of_names(language)
    if missing(heart.name, Style(language, "Bold", families)):
        return Words(_("A supporter"), page_language())
    return Words(heart.name, language, families)
