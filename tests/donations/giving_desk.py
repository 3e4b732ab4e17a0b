"""How a donor comes to their own pages, for every test that needs to be there."""

from django.test import Client

from blueheart.post.jobs import send_due
from donations.models import GivingLink
from donations.services import donor_pages
from donations.views.giving import visit_cookie
from tests.donations.factories import donor as a_donor


def visit(client: Client, donor=None) -> Client:
    """The client within a visit of the donor, Dora where none is named."""
    from_mail = GivingLink(donor=donor or a_donor())
    token, from_mail.digest = donor_pages.tokens.mint()
    from_mail.expires_at = from_mail.sent_at + GivingLink.LASTS
    from_mail.save()
    client.cookies[visit_cookie()] = donor_pages.open_visit(token)
    return client


def mailed_link(mailoutbox) -> str:
    """The path of the newest mailed link, after the worker has sent what is due."""
    send_due()
    return next(word for word in mailoutbox[-1].body.split() if "/giving/" in word).split("localhost:8000", 1)[-1]
