"""Stripe's side of a webhook in a story's own hands: each event that happened, signed, whenever it is wanted."""

import json
import threading
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field

from donations.signatures import sign
from tests.faults.site.running import KEY, SECRET, Site


@dataclass
class Webhooks:
    """Sends what happened, again and again if need be, and remembers what was told 2xx. For any number of threads."""

    site: Site
    taken: set[str] = field(default_factory=set)
    told: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """What Stripe sends by itself is lost on its way from now on."""
        self.site.control("deliveries", {"drop": 1, "for_good": True})

    def events(self) -> dict[str, bytes]:
        """All of them by their ids."""
        found: dict[str, bytes] = {}
        after = ""
        while True:
            url = f"{self.site.sandbox_url}/v1/events?limit=100{after}"
            request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                page = json.load(answer)
            found |= {event["id"]: json.dumps(event).encode() for event in page["data"]}
            if not page["has_more"]:
                return found
            after = f"&starting_after={page['data'][-1]['id']}"

    def deliver(self, event_id: str, body: bytes) -> int:
        """The status of the answer, 0 where there was none."""
        moment = int(self.site.now().timestamp())
        headers = {
            "Content-Type": "application/json", "Stripe-Signature": f"t={moment},v1={sign(body, SECRET, moment)}"
        }  # fmt: skip
        request = urllib.request.Request(f"{self.site.url}/stripe/webhook/", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status = int(answer.status)
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        with self._lock:
            self.told[status] += 1
            if 200 <= status < 300:
                self.taken.add(event_id)
        return status

    def deliver_what_is_left(self) -> int:
        """How many more were taken."""
        left = {key: body for key, body in self.events().items() if key not in self.taken}
        return sum(self.deliver(key, body) == 200 for key, body in left.items())
