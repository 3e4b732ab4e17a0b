"""Every public page of the site map, with an address that shows it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from blueheart.pages import Rule, rule_of
from tests.donations.factories import donation, promised_gift
from tests.look.test_pseudo_language import MOST_TRIES, examples
from tests.pledges.factories import GroupFactory, HeartFactory, WordingFactory, tally


class AskingClient(Client):
    """A visitor whose answers know what the database was asked for them."""

    def get(self, *args, **kwargs):
        with CaptureQueriesContext(connection) as asked:
            answer = super().get(*args, **kwargs)
        answer.asked = asked.captured_queries
        return answer


class PublicPage(NamedTuple):
    """A public view by the name of its address, and what it depends on."""

    name: str
    wanted: tuple[str, ...]
    rule: Rule


def public_pages() -> list[PublicPage]:
    """All that can be reached by a name, and show something."""
    return sorted(page for page in set(_pages(get_resolver().url_patterns, "", ())) if page.name != "api-1:api-root")


def _pages(patterns: list[Any], namespace: str, before: tuple[str, ...]) -> Iterator[PublicPage]:
    for pattern in patterns:
        wanted = (*before, *pattern.pattern.converters)
        if not isinstance(pattern, URLPattern):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _pages(pattern.url_patterns, inner, wanted)
        elif pattern.name and (rule := rule_of(pattern.callback)):
            yield PublicPage(namespace + pattern.name, wanted, rule)


def fill() -> None:
    """Rows beside the content's: hearts, a group, a gift, a promise; each public page has something to show."""
    with transaction.atomic():
        HeartFactory(public_name="Sam", precepts=WordingFactory.create_batch(2))
        HeartFactory(public_name="Ana", group=GroupFactory(about="We live by the sea."))
        tally("PT", 12)
        donation("succeeded", public_name="Dora", is_16_or_older=True)
        promised_gift((100, 100))


def open_page(client, page: PublicPage):
    """What a visitor sees there; None where no example opens it."""
    for kwargs in islice(examples(page.wanted), MOST_TRIES):
        if page.name == "share_picture":
            kwargs = {"kind": "page", "slug": "home", "language": "en"}
        try:
            answer = client.get(reverse(page.name, kwargs=kwargs))
        except NoReverseMatch:
            continue
        if answer.status_code == 200:
            return answer
    return None
