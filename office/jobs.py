"""The worker's table of jobs: what is done, how often, and in which lane."""

from blueheart.limits.jobs import forget_past_windows
from blueheart.post.jobs import send_due
from blueheart.trail.sealing import seal_closed_minutes
from office.worker import Job, Lane, beat

MINUTE = 60.0
MAILS_AT_ONCE = 20


def lanes() -> list[Lane]:
    """The lanes of one worker, each with the jobs that take turns in it."""
    return [
        Lane("mail", [Job("mail", lambda: send_due(limit=MAILS_AT_ONCE), every=0.5, drains=True)]),
        Lane(
            "steady",
            [
                Job("heartbeat", beat, every=5.0),
                Job("seal-trail", seal_closed_minutes, every=MINUTE),
                Job("forget-limits", forget_past_windows, every=5 * MINUTE),
            ],
        ),
    ]
