"""How a donor comes to their own pages, for every test that needs to be there."""

from django.test import Client
from django.utils import timezone

from blueheart import tokens
from blueheart.post.jobs import send_due
from donations.models import GivingLink
from donations.services import donor_pages
from donations.views.giving import DOOR
from tests.donations.factories import donor as a_donor


def link_for(donor) -> str:
    """The path of a link of the donor's that nobody has opened."""
    token, digest = tokens.mint()
    now = timezone.now()
    GivingLink.objects.create(donor=donor, digest=digest, sent_at=now, expires_at=now + GivingLink.VISIT_LASTS)
    return f"/en/giving/{token}/"


def visit(client: Client, donor=None) -> Client:
    """The client within a visit of the donor, Dora where none is named."""
    token = link_for(donor or a_donor()).split("/")[3]
    client.cookies[DOOR.cookie] = donor_pages.open_visit(token)
    return client


def mailed_link(mailoutbox) -> str:
    """The path of the newest mailed link, after the worker has sent what is due."""
    send_due()
    url = next(word for word in mailoutbox[-1].body.split() if "/giving/" in word)
    return "/" + url.split("/", 3)[3]
