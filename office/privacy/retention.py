"""All that is forgotten after its time, in pledges and donations and what both stand on."""

from collections.abc import Iterator

from blueheart.limits.jobs import forget_past_windows
from blueheart.retention import Rule
from donations.services import donor_pages, receipts, tributes
from donations.services import privacy as donors
from pledges import jobs
from pledges.services import groups, keepers, photos, retention
from pledges.services import privacy as supporters

RULES = [
    Rule("purge-unconfirmed", "unconfirmed pledges, after 7 days; links and codes", jobs.purge_unconfirmed),
    Rule("purge-groups", "unconfirmed groups, after 7 days", groups.purge_unconfirmed),
    Rule("forget-keeper-links", "links of keepers, when they expire", keepers.forget_past_links),
    Rule(
        "forget-sources",
        "where pledges came from, after 30 days",
        retention.forget_sources,
        count=lambda: retention.sources_due().count(),
        is_nightly=True,
    ),
    Rule(
        "forget-supporters",
        "who pledged, months after the campaign",
        retention.forget_names,
        count=lambda: retention.names_due().count(),
        is_nightly=True,
    ),
    Rule(
        "forget-names-of-cases",
        "names in cases of invalidation, after a year",
        retention.forget_names_of_cases,
        count=lambda: retention.cases_due().count(),
        is_nightly=True,
    ),
    Rule("erase-supporters-again", "what came while a supporter was erased", supporters.erase_again, is_nightly=True),
    Rule("forget-refused-photos", "refused photos, after 7 days", photos.forget_refused),
    Rule("forget-links", "links of donors, when they expire", donor_pages.forget_past_links),
    Rule("forget-notices", "addresses of people told of a gift, after 30 days", tributes.forget_notices),
    Rule("forget-receipts", "receipts, when the law lets them go", receipts.forget_outlived, is_nightly=True),
    Rule("erase-again", "what came while a donor was erased", donors.erase_again, is_nightly=True),
    Rule("forget-limits", "counters of limits, when they expire", forget_past_windows),
]


def enforce(*, is_dry_run: bool = False) -> Iterator[tuple[Rule, int]]:
    """Each rule and how much it forgot, or would forget; safe to repeat, and beside the worker, which does the same."""
    for rule in RULES:
        yield rule, rule.due() if is_dry_run else rule.forget()
