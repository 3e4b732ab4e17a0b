"""How much one network or one mail address may ask of the pledge form."""

from django.http import HttpRequest
from django.utils import timezone

from blueheart.limits.addresses import client_address, subnet
from blueheart.limits.counting import hashed, spend
from blueheart.limits.models import Counter
from pledges.addresses import canonical

HOUR = 60 * 60
POSTS_AN_HOUR = 600
ADDRESSES_AN_HOUR = 60
MAILS_A_DAY = 5
REPORTS_AN_HOUR = 10


def may_pledge(request: HttpRequest, *, email: str) -> bool:
    """Whether this network may pledge for this address now.

    It counts what the network typed and never looks at who has pledged, so that its answer tells nothing of them.
    A repeat for the same address costs nothing: the answer to it is the same as the first time.
    """
    network = subnet(client_address(request))
    pair = f"{network} {canonical(email)}"
    if not spend("pledge-posts", network, limit=POSTS_AN_HOUR, seconds=HOUR):
        return False
    if _is_counted("pledge-pair", pair):
        return True
    within = spend("pledge-addresses", network, limit=ADDRESSES_AN_HOUR, seconds=HOUR)
    return within and spend("pledge-pair", pair, limit=POSTS_AN_HOUR, seconds=HOUR)


def may_mail(email: str) -> bool:
    """Whether one more mail about pledges may go to this address today."""
    return spend("pledge-mails", canonical(email), limit=MAILS_A_DAY, seconds=24 * HOUR)


def may_report(request: HttpRequest) -> bool:
    """Whether this network may report one more heart."""
    return spend("heart-reports", subnet(client_address(request)), limit=REPORTS_AN_HOUR, seconds=HOUR)


def _is_counted(scope: str, key: str) -> bool:
    return Counter.objects.filter(scope=scope, key=hashed(key), ends_at__gt=timezone.now()).exists()
