"""How a supporter comes to their own pages, for every test that needs to be there."""

from django.test import Client
from django.utils import timezone

from blueheart import tokens
from blueheart.post.jobs import send_due
from pledges.models import MailedLink
from pledges.services import visits
from pledges.views.managing import DOOR


def link_for(pledge, language="en") -> str:
    """The path of a link to the supporter's own pages that nobody has opened."""
    token, digest = tokens.mint()
    now = timezone.now()
    MailedLink.objects.create(
        pledge=pledge,
        purpose=MailedLink.Purpose.MANAGE,
        digest=digest,
        sent_at=now,
        expires_at=now + MailedLink.VISIT_LASTS,
    )
    return f"/{language}/pledge/manage/{token}/"


def visit(client: Client, pledge) -> Client:
    """The client within a visit of the mailbox that made this pledge."""
    client.cookies[DOOR.cookie] = visits.open_visit(link_for(pledge).split("/")[4])
    return client


def mailed_manage_link(mailoutbox) -> str:
    """The path of the newest mailed link, after the worker has sent what is due."""
    send_due()
    url = next(word for word in mailoutbox[-1].body.split() if "/pledge/manage/" in word)
    return "/" + url.split("/", 3)[3]
