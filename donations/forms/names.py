"""Names as donors type them: for a receipt nearly anything, in public and in our mails to others by the name rule."""

import re

from django import forms
from django.utils.translation import gettext as _

from blueheart import names
from blueheart.card_numbers import without_card_number
from blueheart.moderation import refused

# What a mail program turns into a link: the thank-you mail greets by this name, whoever's address was typed beside it.
LINK = re.compile(r"://|@|\bwww\b|\w[.]\w{2,}", re.IGNORECASE)


def receipt_name(typed: str) -> str:
    """The name as it will stand on the receipt. Raises `ValidationError` for a link of mail programs and a card."""
    name = names.normalise(typed)
    if LINK.search(name):
        raise forms.ValidationError(
            _("Please write the name without a web or mail address. After a full stop, leave a space.")
        )
    without_card_number(name)
    return name


def ruled_name(typed: str) -> str:
    """The name by the name rule and without a word that staff refuse; empty where none was typed.

    Raises `ValidationError`.
    """
    if not typed.strip():
        return ""
    try:
        return refused.public_name(typed)
    except names.NameRefusedError as error:
        raise forms.ValidationError(str(error)) from error
