"""Which mailbox an address leads to: spellings that a provider takes for one are one here too."""

from collections.abc import Mapping
from typing import NamedTuple

from blueheart import mail_addresses
from blueheart.postgresql.trips import Statement, send

RULES_OF = """
SELECT domain, ignores_dots, tag_sign, same_as FROM pledges_domainrule
WHERE domain = %s OR domain = (SELECT same_as FROM pledges_domainrule WHERE domain = %s)
"""


class Rule(NamedTuple):
    """How mailboxes of a domain may be spelled: what a `DomainRule` says."""

    domain: str
    ignores_dots: bool
    tag_sign: str
    same_as: str


Rules = Mapping[str, Rule]


def canonical(email: str) -> str:
    """The spelling under which two addresses are the same mailbox, by the rule of their domain. One query."""
    plain = mail_addresses.canonical(email)
    return spelled(plain, rules_of(plain.rpartition("@")[2]))


def rules_of(domain: str) -> Rules:
    """The rule of a domain and that of the domain it is the same as, by domain. One query."""
    return {row[0]: Rule(*row) for row in send(Statement(RULES_OF, [domain, domain]))}


def spelled(plain: str, rules: Rules) -> str:
    """An address, in its plain form, as its rules have it. Without a rule it stays, and so does one it would empty."""
    local, _at, domain = plain.rpartition("@")
    own = rules.get(domain)
    if own is None:
        return plain
    of_both = [own, rules[own.same_as]] if own.same_as in rules else [own]
    for rule in of_both:
        local = _without_tag(local, rule.tag_sign)
    if any(rule.ignores_dots for rule in of_both):
        local = local.replace(".", "") or local
    return f"{local}@{own.same_as or domain}"


def _without_tag(local: str, sign: str) -> str:
    """What stands before the sign; a local part that begins with it is no tag."""
    return (local.partition(sign)[0] or local) if sign else local
