"""Rows that change by acts of their own."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import ngettext

from blueheart.read_only import ReadOnly


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin[Any]):
    """Rows that change by acts of their own and never by a form."""

    def tell(self, request: HttpRequest, done: int, chosen: int) -> None:
        """Say how many of the chosen rows an action changed."""
        text = ngettext("%(done)d of %(chosen)d changed.", "%(done)d of %(chosen)d changed.", chosen)
        level = messages.SUCCESS if done else messages.WARNING
        self.message_user(request, text % {"done": done, "chosen": chosen}, level)
