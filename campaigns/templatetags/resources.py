"""How resources say in which languages they can be had."""

from django import template

from blueheart.languages import page_language
from campaigns.models import Resource
from campaigns.resource_languages import language_name

register = template.Library()


@register.simple_tag
def language_names(resource: Resource) -> str:
    """The resource's languages by their names in the page's language."""
    language = page_language()
    return ", ".join(language_name(code, language) for code in resource.languages)
