"""Whence pledges come: networks and mail domains, and what staff say of them."""

from dataclasses import dataclass

from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.lookups import Exact
from django.utils import timezone

from blueheart.limits.addresses import NEIGHBOURS, parsed
from blueheart.mail_addresses import as_servers_write
from blueheart.postgresql.trips import Statement, send
from pledges.models import SourceRule
from pledges.models.pledges import MAIL_DOMAIN

# The function that says what staff say: one row of `of_network` and `of_domain`. Its values are `ruling_values`.
RULING = "pledges_ruling(%s, %s, %s, %s)"

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
    values = ruling_values(address, email, mailbox)
    [(network, domain)] = send(Statement(f"SELECT * FROM {RULING}", values))  # noqa: S608  the name of a function
    return Ruling(network, domain)


def ruling_values(address: str, email: str, mailbox: str) -> list[object]:
    """The values of `RULING`, for an act that asks for more in the same round trip."""
    ip = parsed(address)
    return [str(ip) if ip else None, _domain(email), _domain(mailbox), timezone.now()]


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
    return as_servers_write(email.rpartition("@")[2])
