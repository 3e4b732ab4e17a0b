"""Words and moments of the open books, for pages of any app."""

import datetime as dt
from decimal import Decimal

from babel.dates import format_time
from babel.numbers import format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, page_language
from campaigns.printing import when
from donations.models import Account

register = template.Library()


@register.simple_tag
def as_of(moment: dt.datetime) -> SafeString:
    """The moment to the minute, in UTC and in the page's language."""
    utc = moment.astimezone(dt.UTC).replace(second=0, microsecond=0)
    shown = format_time(utc, "short", tzinfo=dt.UTC, locale=babel_locale(page_language()))
    words = _("%(time)s UTC") % {"time": shown}
    return format_html('<time datetime="{}">{} · <bdi>{}</bdi></time>', utc.isoformat(), when(utc.date()), words)


@register.simple_tag
def exact(value: Decimal) -> str:
    """The number with all its digits, as the page's language writes it."""
    return format_decimal(value.normalize(), locale=babel_locale(page_language()), decimal_quantization=False)


@register.simple_tag
def account_name(account: str) -> str:
    """What the chart of accounts calls it."""
    return str(Account(account).label)
