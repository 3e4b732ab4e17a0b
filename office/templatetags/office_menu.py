"""The menu of the office's lists."""

from django import template
from django.utils.safestring import SafeString

from office.home.menu import Lists

register = template.Library()


@register.simple_tag
def office_menu(lists: Lists, path: str) -> SafeString:
    """The menu with the list marked that the page at this path belongs to."""
    return lists.menu_at(path)
