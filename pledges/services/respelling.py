"""Applying the rules of mail domains to the pledges that were there before them."""

import logging
from collections import Counter
from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from blueheart import mail_addresses
from blueheart.trail.record import record
from pledges import mailboxes
from pledges.models import DomainRule, Pledge
from pledges.services import confirming

BATCH = 500
LEFT = "left"
RESPELLED = "respelled"

logger = logging.getLogger(__name__)


def apply_rules() -> int:
    """Bring the canonical addresses in line with rules that are new or changed; returns how many have another now.

    A pledge that would become the double of another one of its campaign and name is left as it is and counted, for
    staff to see in the trail. Safe to repeat and to break off: a rule is applied again until it was applied whole.
    """
    return sum(_apply(rule) for rule in DomainRule.objects.filter(applied_at=None))


def _apply(rule: DomainRule) -> int:
    began_at = timezone.now()
    did: Counter[str] = Counter()
    for domain in _domains(rule):
        rules = mailboxes.rules_of(domain)
        for batch in _batches(domain):
            did.update(_respell(pledge, rules) for pledge in batch)
    with transaction.atomic():
        # Changed once more meanwhile: the next round applies it.
        as_read = {name: getattr(rule, name) for name in ("ignores_dots", "tag_sign", "same_as")}
        applied = DomainRule.objects.filter(pk=rule.pk, applied_at=None, **as_read).update(applied_at=began_at)
        if applied and (did[RESPELLED] or did[LEFT]):
            detail = {"domain": rule.domain, RESPELLED: did[RESPELLED], LEFT: did[LEFT]}
            record("domain-rule.applied", target=rule, detail=detail)
    return did[RESPELLED]


def _domains(rule: DomainRule) -> list[str]:
    """The domains whose mailboxes the rule has a say in."""
    return [rule.domain, *DomainRule.objects.filter(same_as=rule.domain).values_list("domain", flat=True)]


def _batches(domain: str) -> Iterator[list[Pledge]]:
    """Pledges with an address at the domain, so many at a time and in the order they were made."""
    at_domain = Pledge.objects.filter(email__iendswith=f"@{domain}").exclude(canonical_email=None).order_by("pk")
    last = 0
    while batch := list(at_domain.filter(pk__gt=last).only("email", "canonical_email", "campaign_id")[:BATCH]):
        yield batch
        last = batch[-1].pk


def _respell(pledge: Pledge, rules: mailboxes.Rules) -> str:
    canonical_email = mailboxes.spelled(mail_addresses.canonical(pledge.email), rules)
    if canonical_email == pledge.canonical_email:
        return ""
    try:
        with transaction.atomic():
            confirming.lock_mailbox(campaign_id=pledge.campaign_id, canonical_email=canonical_email)
            same = Q(pk=pledge.pk, email=pledge.email, canonical_email=pledge.canonical_email)
            changed = Pledge.objects.filter(same).update(canonical_email=canonical_email)
    except IntegrityError:
        logger.info("pledge %s keeps its address: another of that mailbox has its name", pledge.pk)
        return LEFT
    return RESPELLED if changed else ""
