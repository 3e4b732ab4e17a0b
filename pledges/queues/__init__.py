"""What of pledges waits for staff, in the shape in which the office works it off: `blueheart.moderation.queues`."""

from pledges.queues import bodies, groups, hearts, photos, reports

QUEUES = [
    reports.QUEUE,
    hearts.WORDS,
    photos.QUEUE,
    hearts.ANSWERS,
    groups.QUEUE,
    hearts.SUSPECTED,
    bodies.QUEUE,
]

__all__ = ["QUEUES"]
