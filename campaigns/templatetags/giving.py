"""What a page about giving tells machines."""

from django import template
from django.utils.safestring import SafeString

from campaigns.giving import donate_action
from campaigns.templatetags.linked_data import json_ld

register = template.Library()


@register.simple_tag
def donate_action_data() -> SafeString:
    """The gift that this portal takes, in test mode, as a block of data."""
    return json_ld(donate_action())
