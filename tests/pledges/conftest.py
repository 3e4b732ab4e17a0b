import datetime as dt
import re
from dataclasses import replace

import pytest
import time_machine
from django.core import mail

from blueheart.limits import form_age
from blueheart.post.jobs import send_due
from pledges import site_settings
from tests.pledges.factories import GlobalCampaignFactory, WordingFactory


def stamp_from(seconds_ago: int) -> str:
    """The stamp of a form that was shown some time ago."""
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds_ago)):
        return form_age.stamp()


@pytest.fixture
def limit_is(monkeypatch):
    """Give limits of pledges another number than staff may: a small one."""

    def limit_is(number: int, *names: str) -> None:
        for name in names:
            changed = replace(getattr(site_settings, name), default=number, least=1)
            monkeypatch.setattr(site_settings, name, changed)

    return limit_is


@pytest.fixture
def wording(db):
    """The one precept that is offered, in the campaign that everyone belongs to."""
    GlobalCampaignFactory()
    return WordingFactory()


def typed(wording, **changes) -> dict:
    """What Sam types into the form; a field changed to None is left out."""
    fields = {
        "precepts": [wording.pk],
        "way": "pin",
        "country": "PT",
        "public_name": "Sam",
        "words": "",
        "is_16_or_older": "on",
        "email": "sam@example.org",
        "shown": stamp_from(60),
        "website": "",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


@pytest.fixture
def sam_pledges(client, wording):
    """Sam opens the form, fills it in and sends it; changes are what he types differently."""

    def sam_pledges(*, at: str = "/en/pledge/", **changes):
        return client.post(at, typed(wording, **changes))

    return sam_pledges


@pytest.fixture
def mailed_link():
    """The path of the link in the last mail, once the worker has sent what is due."""

    def mailed_link() -> str:
        send_due()
        (link,) = re.findall(r"http://localhost:\d+(/\S+/pledge/confirm/\S+/)", mail.outbox[-1].body)
        return link

    return mailed_link


@pytest.fixture
def press_confirm(client):
    """Open a mailed link and press its button."""

    def press_confirm(link: str, **kwargs):
        page = client.get(link)
        seen = re.search(r'name="seen" value="(\w+)"', page.content.decode())
        return client.post(link, {"seen": seen[1] if seen else ""}, **kwargs)

    return press_confirm
