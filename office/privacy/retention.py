"""All that is forgotten after its time, in pledges and donations and what both stand on."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.exports import jobs as exports
from blueheart.imports import flow
from blueheart.limits.jobs import count_past_windows, forget_past_windows
from blueheart.retention import Rule
from blueheart.trail.record import record
from blueheart.visits import links
from donations.models import GivingLink, Receipt
from donations.services import donor_pages, old_events, receipts, tributes
from donations.services import privacy as donors
from office.models import JobTurn
from office.signing_in import password_links, sign_ins
from pledges import jobs
from pledges.models import KeeperLink
from pledges.services import groups, keepers, photos, retention
from pledges.services import privacy as supporters

RULES = [
    Rule(
        "forget-exports",
        _("files of exports, after 24 hours; that somebody asked, after 90 days"),
        exports.forget_expired,
        count=exports.due_to_forget,
    ),
    Rule("drop-imports", _("files that nobody confirmed, after a day"), flow.drop_old, count=flow.due),
    Rule(
        "purge-unconfirmed",
        _("unconfirmed pledges, after 7 days; links and codes"),
        jobs.purge_unconfirmed,
        count=lambda: jobs.unconfirmed_due().count(),
    ),
    Rule(
        "forget-groups",
        _("unconfirmed groups, after 7 days"),
        groups.purge_unconfirmed,
        count=lambda: groups.unconfirmed_due().count(),
    ),
    Rule(
        "forget-keepers",
        _("links of keepers, when they expire"),
        keepers.forget_past_links,
        count=lambda: links.past(KeeperLink.objects.all()).count(),
    ),
    Rule(
        "forget-sources",
        _("where pledges came from, after 30 days"),
        retention.forget_sources,
        count=lambda: retention.sources_due().count(),
        is_nightly=True,
    ),
    Rule(
        "forget-supporters",
        _("who pledged, months after the campaign"),
        retention.forget_names,
        count=lambda: retention.names_due().count(),
        is_nightly=True,
    ),
    Rule(
        "forget-names-of-cases",
        _("names in cases of invalidation, after a year"),
        retention.forget_names_of_cases,
        count=lambda: retention.cases_due().count(),
        is_nightly=True,
    ),
    Rule(
        "erase-supporters-again",
        _("what came while a supporter was erased"),
        supporters.erase_again,
        count=lambda: supporters.late_comers().count(),
        is_nightly=True,
    ),
    Rule(
        "forget-refused-photos",
        _("refused photos, after 7 days"),
        photos.forget_refused,
        count=lambda: photos.refused_due().count(),
    ),
    Rule(
        "forget-links",
        _("links of donors, when they expire"),
        donor_pages.forget_past_links,
        count=lambda: links.past(GivingLink.objects.all()).count(),
    ),
    Rule(
        "forget-notices",
        _("addresses of people told of a gift, after 30 days"),
        tributes.forget_notices,
        count=lambda: tributes.notices_due().count(),
    ),
    Rule(
        "forget-receipts",
        _("receipts, when the law lets them go"),
        receipts.forget_outlived,
        count=lambda: Receipt.objects.outlived().count(),
        is_nightly=True,
    ),
    Rule(
        "minimise-events",
        _("what events of Stripe’s told, but for ids, after 90 days or as the settings say"),
        old_events.minimise,
        count=lambda: old_events.due().count(),
        is_nightly=True,
    ),
    Rule(
        "erase-again",
        _("what came while a donor was erased"),
        donors.erase_again,
        count=lambda: donors.late_gifts().count(),
        is_nightly=True,
    ),
    Rule(
        "forget-sign-ins",
        _("tries to sign in to the office, after 90 days"),
        sign_ins.forget_old,
        count=sign_ins.count_old,
        is_nightly=True,
    ),
    Rule(
        "forget-password-links",
        _("links to set a password, after a day"),
        password_links.forget_past,
        count=lambda: password_links.due().count(),
        is_nightly=True,
    ),
    Rule(
        "forget-limits",
        _("counters of limits, when they expire"),
        forget_past_windows,
        count=count_past_windows,
    ),
]


class Standing(NamedTuple):
    """A rule as staff see it."""

    rule: Rule
    last_run: dt.datetime | None
    due: int


def enforce(*, is_dry_run: bool = False, rules: Iterable[Rule] = RULES) -> Iterator[tuple[Rule, int]]:
    """Each rule and how much it forgot, or would forget; safe to repeat, and beside the worker, which does the same."""
    for rule in rules:
        yield rule, rule.count() if is_dry_run else rule.forget()


def standing() -> list[Standing]:
    """Every rule, when it ran last for all workers together, and how much is due now."""
    turns = dict(JobTurn.objects.values_list("name", "ended_at"))
    return [Standing(rule, turns.get(rule.name), rule.count()) for rule in RULES]


def run(rules: Iterable[Rule], *, is_dry_run: bool, request: HttpRequest) -> list[tuple[Rule, int]]:
    """The same as `enforce` for a person at the desk: it is in the trail, rule by rule, and counts as a run."""
    counted = []
    for rule, count in enforce(is_dry_run=is_dry_run, rules=rules):
        act = "retention.tried" if is_dry_run else "retention.run"
        record(act, request=request, detail={"rule": rule.name, "count": count})
        if not is_dry_run:
            JobTurn.objects.update_or_create(name=rule.name, defaults={"ended_at": timezone.now()})
        counted.append((rule, count))
    return counted
