"""The search box of staff: what was typed is recognised, and found by an index."""

import ipaddress
import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import mail_addresses, names
from pledges import mailboxes, sources
from pledges.models import Group, Pledge

HELP = gettext_lazy(
    "A whole e-mail address, @domain, a network address, a heart’s number or public id, a group’s code, or how a name"
    " begins. The newest thousand are shown."
)
MOST = 1_000  # rows of one search: the newest
LONGEST_NUMBER = 18  # digits of a heart's number
WIDEST = {4: 16, 6: 32}  # shortest prefix of a network that is searched
SHORTEST_NAME = 2  # letters
CODE = re.compile(r"[2-9a-z]{8,16}")


@dataclass(frozen=True)
class Found:
    """Which pledges were searched for, and how to say so."""

    marks: Q | None
    said: str

    def within(self, pledges: QuerySet[Pledge]) -> QuerySet[Pledge]:
        """Those of the pledges, the newest thousand at most, looked up once: the list counts, sorts and shows them."""
        if self.marks is None:
            return pledges.none()
        newest = Pledge.objects.filter(self.marks).order_by("-pk").values_list("pk", flat=True)
        return pledges.filter(pk__in=list(newest[:MOST]))


def recognise(typed: str, *, may_see_sources: bool) -> Found:
    """What a term means: mail, @domain, network address, number, public id, code of a group, or a name.

    Mails are searched whole: a part would find whom staff do not know yet. So are networks, for those who may see them.
    """
    term = typed.strip()
    if "@" in term:
        return _of_mail(term)
    network = _network(term)
    if network:
        return _of_network(network, may_see_sources=may_see_sources)
    if term.isdecimal() and len(term) <= LONGEST_NUMBER:
        return Found(Q(number=int(term)) | Q(public_id=term), _("Searched for a heart’s number or public id."))
    return _of_words(term)


def _of_mail(term: str) -> Found:
    if not term.startswith("@"):
        spellings = {mailboxes.canonical(term), mail_addresses.canonical(term)}
        return Found(Q(canonical_email__in=spellings), _("Searched for an e-mail address."))
    domain = mailboxes.canonical(f"x{term}").rpartition("@")[2]
    return Found(sources.of_domain(domain), _("Searched for the mail domain %(domain)s.") % {"domain": domain})


def _network(term: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if "." not in term and ":" not in term:
        return None
    try:
        return ipaddress.ip_network(term, strict=False)
    except ValueError:
        return None


def _of_network(network: ipaddress.IPv4Network | ipaddress.IPv6Network, *, may_see_sources: bool) -> Found:
    if not may_see_sources:
        return Found(None, _("You may not search by network address."))
    if network.prefixlen < WIDEST[network.version]:
        return Found(None, _("This network is too wide. Search a narrower one: /16 of IPv4, /32 of IPv6."))
    said = _("Searched for pledges from %(network)s; sources are forgotten after 30 days.") % {"network": network}
    return Found(sources.within(str(network)), said)


def _of_words(term: str) -> Found:
    key = names.key(term)
    marks = Q()
    if len(key) >= SHORTEST_NAME:
        marks |= ~Q(name_key="") & Q(name_key__startswith=key)
    if CODE.fullmatch(term.lower()):
        group = Group.objects.filter(code=term.lower()).values_list("pk", flat=True).first()
        marks |= Q(public_id=term.lower()) | (Q(group=group) if group else Q())
    if not marks:
        return Found(None, _("Write two letters of a name at least."))
    return Found(marks, _("Searched for a public id, the code of a group, and names that begin so."))
