"""Whence pledges come: networks and mail domains, and what staff say of them."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.lookups import Exact
from django.utils import timezone

from blueheart.limits.addresses import NEIGHBOURS, parsed
from pledges.models import SourceRule
from pledges.models.pledges import MAIL_DOMAIN

# Domain rules are of letters, digits, dots, hyphens and the two signs * and ? (`DOMAIN_GLOB`): as LIKE patterns they
# need no escaping. The narrowest rule of each kind decides; of two as narrow, the one that allows.
RULES = """
SELECT act, network <> '' AS is_of_network FROM pledges_sourcerule
WHERE (until IS NULL OR until > %s) AND CASE
    WHEN network <> '' THEN network::inet >>= %s::inet
    ELSE %s LIKE translate(domain, '*?', '%%_') OR %s LIKE translate(domain, '*?', '%%_')
END
ORDER BY CASE WHEN network <> '' THEN masklen(network::inet) ELSE length(domain) END DESC, act
"""


# The wider network of a pledge's source, as `blueheart.limits.addresses.neighbourhood` writes it.
NEIGHBOURHOOD = Func(
    F("source_ip"),
    template=(
        f"network(set_masklen(%(expressions)s, CASE family(%(expressions)s) WHEN 4 THEN {NEIGHBOURS[4]}"
        f" ELSE {NEIGHBOURS[6]} END))::text"
    ),
    output_field=TextField(),
)


@dataclass(frozen=True)
class Ruling:
    """What staff say of a network and of a mail domain: allow, block, or nothing (empty)."""

    network: str = ""
    domain: str = ""

    @property
    def is_blocked(self) -> bool:
        return SourceRule.Act.BLOCK in (self.network, self.domain)

    @property
    def is_allowed(self) -> bool:
        """Whether no limit suspects it: staff trust one of the two, and block neither."""
        return SourceRule.Act.ALLOW in (self.network, self.domain) and not self.is_blocked

    @property
    def is_known_network(self) -> bool:
        """Whether the network itself is trusted: a mail domain is only what somebody typed."""
        return self.network == SourceRule.Act.ALLOW


def ruling(address: str, email: str, mailbox: str) -> Ruling:
    """What staff say of this network address and of a mail address, as it was typed or as its mailbox is known.

    One query, however many rules there are.
    """
    found: dict[bool, str] = {}
    ip = parsed(address)
    with connection.cursor() as cursor:
        cursor.execute(RULES, [timezone.now(), str(ip) if ip else None, _domain(email), _domain(mailbox)])
        for act, is_of_network in cursor.fetchall():
            found.setdefault(is_of_network, act)
    return Ruling(network=found.get(True, ""), domain=found.get(False, ""))


def within(network: str) -> Q:
    """Pledges that came from this network, in CIDR notation; found by an index."""
    inside = Func(
        F("source_ip"),
        Value(network, output_field=TextField()),
        template="%(expressions)s::inet",
        arg_joiner=" <<= ",
        output_field=BooleanField(),
    )
    return Q(inside, source_ip__isnull=False)


def of_domain(domain: str) -> Q:
    """Pledges of this mail domain and, for `*.example.org`, of those below it; a whole domain is found by an index."""
    known = Q(canonical_email__isnull=False)
    if domain.startswith("*."):
        return known & Q(canonical_email__endswith=domain[1:])
    return known & Q(Exact(MAIL_DOMAIN, Value(domain)))


def _domain(email: str) -> str:
    """The domain as mail servers write it, for rules are written so."""
    domain = email.rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
