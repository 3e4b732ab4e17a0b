"""Which pages are graded: each address of the site map at least once, what only a token opens, and errors."""

import re
from collections.abc import Iterator

from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from blueheart import tokens
from blueheart.languages import LANGUAGES
from campaigns import content, search
from pledges.models import MailedLink
from tests.blueheart.pages.site import fill, open_page, public_pages
from tests.donations.factories import donor
from tests.donations.giving_desk import link_for as giving_link
from tests.look.test_pseudo_language import OPENED_BELOW, addresses, shown
from tests.pledges.factories import GroupFactory, HeartFactory, PledgeFactory
from tests.pledges.group_desk import link_for as keeper_link
from tests.pledges.own_pages import link_for as managing_link

# For programs: who asks them in the clear is refused and not sent on, so that a mistake is noticed at once.
OF_PROGRAMS = ("/api/", "/stripe/", "/csp-report/", "/healthz")
OFFICE = ["/staff/", "/staff/login/"]
ERRORS = ["/en/nowhere/", "/nowhere/", "/api/v1/nowhere", "/metrics", "/media/nothing.png", "/static/nothing.css"]
MACHINES = ["/healthz", "/readyz", "/stripe/webhook/", "/csp-report/", "/"]
LOCATION = re.compile(r"<loc>https?://[^/]+([^<]*)</loc>")


def fill_database() -> None:
    """All content, and what visitors would have left."""
    content.load()
    fill()
    search.reindex()  # what the site map for search engines is made from


def chosen(*, one_of_each: bool) -> list[str]:
    """The paths: one page of each template, or all that the site map for search engines names as well."""
    with translation.override("en"):
        found = [*_of_the_site_map(), *_behind_tokens(), *OFFICE, *ERRORS, *MACHINES]
        found += [f"/{code}/" for code, _name in LANGUAGES]
        if not one_of_each:
            found += LOCATION.findall(_visitor().get("/sitemap.xml").content.decode())
    return list(dict.fromkeys(found))


def _of_the_site_map() -> Iterator[str]:
    """An address of each page that shows something to whoever opens it, and of those within a visit, without one."""
    for name, wanted in addresses():
        if answer := shown(_visitor(), name, wanted):
            yield _path(answer)
        elif name in OPENED_BELOW and not wanted:
            yield reverse(name)
        elif name not in OPENED_BELOW:
            raise LookupError(f"no example opens {name}")
    for page in public_pages():
        if ":" not in page.name or page.name.startswith("api"):
            answer = open_page(_visitor(), page)
            if answer is None:
                raise LookupError(f"no example opens {page.name}")
            yield _path(answer)


def _behind_tokens() -> Iterator[str]:
    """Mailed links that nobody has opened, and one that never was."""
    pledge, (token, digest), now = PledgeFactory(), tokens.mint(), timezone.now()
    MailedLink.objects.create(
        pledge=pledge,
        purpose=MailedLink.Purpose.CONFIRM,
        digest=digest,
        sent_at=now,
        expires_at=now + MailedLink.VISIT_LASTS,
    )
    yield f"/en/pledge/confirm/{token}/"
    yield managing_link(HeartFactory())
    yield giving_link(donor())
    yield keeper_link(GroupFactory())
    for path in ("pledge/confirm", "pledge/kept", "pledge/manage", "giving", "groups/keep"):
        yield f"/en/{path}/{'no-such-link-' * 3}/"


def _visitor() -> Client:
    return Client(SERVER_NAME="localhost")


def _path(answer) -> str:
    query = answer.request["QUERY_STRING"]
    return answer.request["PATH_INFO"] + (f"?{query}" if query else "")
