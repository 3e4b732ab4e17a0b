"""The lists that somebody may open, and the menu of them beside every page: made once for all who may do the same."""

import re
from collections.abc import Callable
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from office.home.sections import in_sections

MOST = 64  # kept at a time: a language, and what a person may do
INDENTATION = re.compile(r"\s*\n\s*")


class Lists(list[dict[str, Any]]):
    """The lists of the office by their sections; nobody changes them, for many requests read the same ones."""

    @cached_property
    def menu(self) -> str:
        """Django's own, as it is where none of these lists is open."""
        shown = {"available_apps": self, "request": SimpleNamespace(path="")}
        return INDENTATION.sub("\n", render_to_string("admin/nav_sidebar.html", shown))

    def menu_at(self, path: str) -> SafeString:
        """The menu on the page at that path, which marks the list that the page belongs to."""
        menu = self.menu
        for section in self:
            for entry in section["models"]:
                if entry["admin_url"] and entry["admin_url"] in path:
                    menu = _marked(menu, entry["admin_url"])
        return mark_safe(menu)  # noqa: S308  a template wrote it


_known: dict[tuple[object, ...], Lists] = {}


def lists_for(request: HttpRequest, apps: Callable[[], list[Any]]) -> Lists:
    """What the person may open, by `apps` if nobody who may do the same has asked in this language.

    Rights to lists follow from permissions alone: an admin's `has_…_permission` without a row reads nothing else.
    """
    may = request.user.is_superuser or frozenset(request.user.get_all_permissions())
    key = (get_language(), get_script_prefix(), may)
    lists = _known.get(key)
    if lists is None:
        if len(_known) >= MOST:
            _known.clear()
        lists = _known[key] = Lists(in_sections(apps()))
    return lists


def _marked(menu: str, url: str) -> str:
    row = rf'<tr class="(model-\w+)">(\s*<th[^>]*>\s*<a href="{re.escape(url)}")>'
    return re.sub(row, r'<tr class="\1 current-model">\2 aria-current="page">', menu)
