"""The worker's table of jobs: what is done, how often, and in which lane."""

import logging

from blueheart.days import utc_today
from blueheart.exports import jobs as exports
from blueheart.imports import flow
from blueheart.limits.jobs import forget_past_windows
from blueheart.metrics import of_workers
from blueheart.moderation import claims
from blueheart.post.alerts import alert
from blueheart.post.jobs import send_due
from blueheart.trail.sealing import broken_seals, last_seal, seal_closed_minutes
from campaigns import search
from donations import books, sweeping
from donations import jobs as donations_jobs
from donations.services import card_testing, donor_pages, instalment_reminders, tributes
from office.models import JobTurn
from office.notices import digest
from office.privacy import erasures, retention
from office.signing_in import places, sessions
from office.worker import DAY_SECONDS, INDEX_SEARCH, Job, Lane, beat
from pledges import jobs as pledges_jobs
from pledges.services import (
    counting,
    groups,
    invalidation,
    keepers,
    keeping,
    photos,
    pledging,
    precept_tallies,
    respelling,
    suspicion,
    trending,
)

logger = logging.getLogger(__name__)

MINUTE = 60.0
HOUR = 60 * MINUTE
NIGHT, MORNING = 3, 6  # o'clock, UTC
MAILS_AT_ONCE = 20
EVENTS_AT_ONCE = 20
RECEIPTS_AT_ONCE = 20


def lanes() -> list[Lane]:
    """The lanes of one worker, each with the jobs that take turns in it."""
    return [
        Lane(
            "events",
            [
                Job(
                    "stripe-events", lambda: donations_jobs.process_events(limit=EVENTS_AT_ONCE), every=0.5, drains=True
                ),
                Job("send-refunds", donations_jobs.send_refunds, every=1.0),
                Job("poll-events", donations_jobs.poll_events, every=15.0),
            ],
        ),
        Lane(
            "receipts",
            [
                Job(
                    "issue-receipts",
                    lambda: donations_jobs.issue_receipts(limit=RECEIPTS_AT_ONCE),
                    every=0.5,
                    drains=True,
                )
            ],
        ),
        Lane("exports", [Job("exports", exports.prepare_due, every=1.0, drains=True)]),
        Lane("mail", [Job("mail", lambda: send_due(limit=MAILS_AT_ONCE), every=0.5, drains=True)]),
        Lane(
            "steady",
            [
                Job("heartbeat", beat, every=5.0),
                Job("tell-figures", of_workers.tell, every=5.0),
                Job("pledge-windows", pledges_jobs.close_windows, every=2.0),
                Job("gift-windows", donations_jobs.close_windows, every=2.0),
                Job("seal-trail", seal_closed_minutes, every=MINUTE),
                Job("forget-limits", forget_past_windows, every=5 * MINUTE),
                Job("apply-domain-rules", respelling.apply_rules, every=MINUTE),
                Job("watch-card-testing", card_testing.watch, every=MINUTE),
                Job("ask-who-waits", pledging.ask_who_waits, every=MINUTE),
                Job("purge-unconfirmed", pledges_jobs.purge_unconfirmed, every=HOUR),
                Job("remind-unconfirmed", pledges_jobs.remind_unconfirmed, every=HOUR),
                Job("invalidation-cases", invalidation.work, every=1.0, drains=True),
                Job("trending-sources", trending.note_trends, every=10 * MINUTE),
                Job("release-quiet", suspicion.release_quiet, every=HOUR),
                Job("tribute-notices", tributes.promise_notices, every=10 * MINUTE),
                Job("forget-notices", tributes.forget_notices, every=HOUR),
                Job("drop-imports", flow.drop_old, every=HOUR),
                Job("forget-groups", groups.purge_unconfirmed, every=HOUR),
                Job("forget-sessions", sessions.forget_ended, every=HOUR),
                Job("forget-places", places.forget_old, every=HOUR),
                Job("forget-claims", claims.forget_past, every=HOUR),
                Job("forget-keepers", keepers.forget_past_links, every=10 * MINUTE),
                Job("forget-exports", exports.forget_expired, every=10 * MINUTE),
                Job("forget-links", donor_pages.forget_past_links, every=10 * MINUTE),
                Job("ask-whether-kept", keeping.ask_supporters, every=HOUR),
                Job("recount-kept", precept_tallies.recount, every=HOUR),
            ],
        ),
        Lane(
            "sweepers",
            [
                Job("erasures", erasures.work, every=5.0),
                Job("recover-events", sweeping.recover_events, every=HOUR),
                Job("sweep-stripe", sweeping.sweep, every=HOUR),
                Job("shelved-events", sweeping.tell_of_shelved, every=10 * MINUTE),
                Job("unsent-mail", sweeping.unsent_mail, every=HOUR),
            ],
        ),
        Lane(
            "nightly",
            [
                Job("recount-pledges", recount_pledges, every=DAY_SECONDS, hour=NIGHT),
                Job(INDEX_SEARCH, search.reindex, every=DAY_SECONDS, hour=NIGHT),
                Job("check-books", check_books, every=DAY_SECONDS, hour=NIGHT),
                Job("check-audit", check_audit, every=DAY_SECONDS, hour=NIGHT),
                Job("reconcile-stripe", sweeping.reconcile_stripe, every=DAY_SECONDS, hour=NIGHT),
                *(
                    Job(rule.name, rule.forget, every=DAY_SECONDS, hour=NIGHT)
                    for rule in retention.RULES
                    if rule.is_nightly
                ),
                Job("digest", digest.promise, every=DAY_SECONDS, hour=MORNING),
                Job("tell-of-suspected", suspicion.tell_of_old, every=DAY_SECONDS, hour=NIGHT),
                Job("remind-contributors", instalment_reminders.remind, every=DAY_SECONDS, hour=NIGHT),
                Job("forget-refused-photos", photos.forget_refused, every=DAY_SECONDS, hour=NIGHT),
                Job("sweep-photo-files", photos.sweep_files, every=DAY_SECONDS, hour=NIGHT),
            ],
        ),
    ]


def recount_pledges() -> int:
    """Count every pledge and shout where a tally says something else; changes nothing. Returns how many are wrong."""
    wrong = list(counting.differences())
    for difference in wrong:
        logger.error("a tally is wrong: %s", difference)
    _tell("alert-recount", "recount-pledges", len(wrong))
    of_workers.tell_check("pledges", len(wrong))
    return len(wrong)


def check_books() -> int:
    """Check every rule of money and shout where one is broken; changes nothing. Returns the number of findings."""
    broken = books.findings()
    for finding in broken:
        logger.error("the books are not true: %s", finding)
    _tell("alert-books", "check-books", len(broken))
    of_workers.tell_check("books", len(broken))
    return len(broken)


def check_audit() -> int:
    """Read the whole trail, shout where it was altered, and leave its last seal in the log, out of reach of the trail.

    Returns the number of findings.
    """
    found = 0
    for finding in broken_seals():
        logger.error("the trail was altered: %s", finding)
        found += 1
    of_workers.tell_check("trail", found)
    newest = last_seal()
    logger.info("the last seal of the trail: %s", newest.line if newest else "none")
    return found


def _tell(kind: str, job: str, found: int) -> None:
    if found:
        turn, _created = JobTurn.objects.get_or_create(name=job)
        alert(kind, cause=f"{kind}:{utc_today():%Y%m%d}:{found}", subject_id=turn.pk)
