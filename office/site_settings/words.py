"""Values of settings in words, for staff."""

from typing import Any

from babel.numbers import format_decimal
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, page_language
from blueheart.money import format_amount
from blueheart.site_settings import declaring
from blueheart.site_settings.declaring import Setting, Switch
from blueheart.site_settings.templatetags.switches import in_utc


def said(setting: Setting | None, stored: Any) -> str:
    """What a stored value means, None for the default; as it stands in the row where nothing obeys it any more."""
    if setting is None:
        return str(stored)
    value = setting.read(stored)
    if isinstance(setting, Switch):
        return _switch(value)
    if isinstance(value, dict):
        return format_amount(value["amount_minor"], value["currency"], page_language())
    return _("none") if value is None else str(format_decimal(value, locale=babel_locale(page_language())))


def _switch(value: dict[str, Any]) -> str:
    ends = declaring.until(value)
    if not value["on"]:
        return _("off")
    if ends is None:
        return _("on")
    words = _("on until %(moment)s UTC") if timezone.now() < ends else _("off since %(moment)s UTC, by itself")
    return words % {"moment": moment(ends)}


def moment(value: Any) -> str:
    """A moment without its mark-up."""
    return str(in_utc(value)).partition("<bdi>")[2].partition("</bdi>")[0]
