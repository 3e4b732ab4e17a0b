"""How much one network or one mail address may ask of the pledge form."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone

from blueheart.limits.addresses import client_address, subnet
from blueheart.limits.counting import hashed, spend
from blueheart.limits.models import Counter
from pledges.addresses import canonical
from pledges.models import Group, Pledge

HOUR = 60 * 60
POSTS_AN_HOUR = 600
ADDRESSES_AN_HOUR = 60
MAILS_A_DAY = 5
REPORTS_AN_HOUR = 10


@dataclass(frozen=True)
class Verdict:
    """What is done with a pledge that somebody sends: taken, taken under a `Pledge.Suspicion`, or refused."""

    is_refused: bool = False
    suspicion: str = ""


def judge(request: HttpRequest, *, email: str, group: Group | None = None) -> Verdict:
    """What to do with a pledge from this network for this address, sent with the code of a group or without.

    It counts what the network typed and never looks at who has pledged, so that its answer tells nothing of them.
    A repeat for the same address costs nothing: the answer to it is the same as the first time.
    """
    network = subnet(client_address(request))
    pair = f"{network} {canonical(email)}"
    if not spend("pledge-posts", network, limit=POSTS_AN_HOUR, seconds=HOUR):
        return Verdict(is_refused=True)
    if _is_counted("pledge-pair", pair):
        return Verdict()
    within = spend("pledge-addresses", network, limit=ADDRESSES_AN_HOUR, seconds=HOUR)
    spend("pledge-pair", pair, limit=POSTS_AN_HOUR, seconds=HOUR)
    return Verdict() if within else Verdict(suspicion=Pledge.Suspicion.SUSTAINED)


def may_mail(email: str) -> bool:
    """Whether one more mail about pledges may go to this address today."""
    return spend("pledge-mails", canonical(email), limit=MAILS_A_DAY, seconds=24 * HOUR)


def may_report(request: HttpRequest) -> bool:
    """Whether this network may report one more heart."""
    return spend("heart-reports", subnet(client_address(request)), limit=REPORTS_AN_HOUR, seconds=HOUR)


def _is_counted(scope: str, key: str) -> bool:
    return Counter.objects.filter(scope=scope, key=hashed(key), ends_at__gt=timezone.now()).exists()
