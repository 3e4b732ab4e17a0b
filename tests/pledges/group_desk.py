"""How a keeper comes to their pages, and what is typed on the way, for every test of groups."""

import re
import uuid

from django.core import mail
from django.test import Client
from django.utils import timezone

from blueheart import tokens
from blueheart.post.jobs import send_due
from pledges.models import KeeperLink
from pledges.services import keepers
from pledges.views.group_keeping import DOOR
from tests.pledges.conftest import stamp_from

KEEPER = "kim@example.org"


def opening(**changes) -> dict:
    """What Kim types to open a group; a field changed to None is left out."""
    fields = {
        "name": "Escola do Mar 2030",
        "kind": "school",
        "country": "PT",
        "language": "pt",
        "campaign": "blue-heart",
        "target": "120",
        "about": "We live by the sea.",
        "keeper_name": "Kim",
        "keeper_email": KEEPER,
        "shown": stamp_from(60),
        "website": "",
    }
    return {name: value for name, value in (fields | changes).items() if value is not None}


def link_for(group) -> str:
    """The path of a link of the group's keeper that nobody has opened."""
    token, digest = tokens.mint()
    now = timezone.now()
    KeeperLink.objects.create(group=group, digest=digest, sent_at=now, expires_at=now + KeeperLink.VISIT_LASTS)
    return f"/en/groups/keep/{token}/"


def visit(client: Client, group) -> Client:
    """The client within a visit of the group's keeper."""
    client.cookies[DOOR.cookie] = keepers.open_visit(link_for(group).split("/")[4])
    return client


def mailed_link() -> str:
    """The path of the keeper's link in the newest mail, once the worker has sent what is due."""
    send_due()
    return re.search(r"https?://[^/]+(/\S+/groups/keep/\S+/)", mail.outbox[-1].body)[1]


def pupil(**changes) -> dict:
    """What the one button of a pupil sends."""
    return {"form_token": str(uuid.uuid4()), "shown": stamp_from(60), "website": ""} | changes


def sealed(page) -> str:
    """What the page that shows what was understood sends on."""
    return re.search(r'name="counted" value="([^"]+)"', page.content.decode())[1]


def count_in(client: Client, group, **told):
    """Send hearts on paper and press the button that counts them in."""
    path = f"/en/groups/keep/of/{group.code}/hearts/"
    page = client.post(path, {"form_token": str(uuid.uuid4()), **told})
    return client.post(f"{path}count/", {"counted": sealed(page)})
