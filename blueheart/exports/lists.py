"""Which list of the office is exported, and what its own page would show to the person who asks."""

from typing import Any, Protocol, cast

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, QueryDict

from blueheart.exports.reading import Table

EXPORT = "exports.export_lists"


class ListGoneError(RuntimeError):
    """The list cannot be exported: it is not there, or not for this person, or its filter means nothing any more."""


class Exportable(Protocol):
    """A list of the office, as far as it is exported."""

    def table_to_export(self, request: HttpRequest) -> Table:
        """What the list's page shows for this request; raises `ListGoneError`."""


def table_of(of_list: str, query: str, person: User) -> Table:
    """The list as the person sees it under this address; raises `ListGoneError`."""
    desk = admin.site._registry.get(apps.get_model(of_list))
    if desk is None:
        raise ListGoneError(of_list)
    return cast(Exportable, desk).table_to_export(request_of(person, query))


def request_of(person: User, query: str) -> HttpRequest:
    """The request by which this person would open the list; what it would be told goes nowhere."""
    request = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(query)
    request.user = person
    cast(Any, request)._messages = CookieStorage(request)
    return request
