"""All queues of the office, in the order in which they are shown: what cannot wait comes first."""

from blueheart.moderation.queues import Queue
from donations.queues import QUEUES as OF_DONORS
from pledges.queues import QUEUES as OF_PLEDGES

QUEUES: dict[str, Queue] = {queue.name: queue for queue in [*OF_PLEDGES, *OF_DONORS]}
