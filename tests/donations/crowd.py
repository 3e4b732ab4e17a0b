"""Many at the same moment: threads with connections of their own, a site behind a real socket, workers."""

import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from donations import jobs
from donations.signatures import sign
from tests.donations.conftest import SECRET

THREADS = 8


def at_once(act, turns, threads=THREADS):
    """Run `act` for every turn in threads, each with a connection of its own."""

    def closing(turn):
        try:
            return act(turn)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(closing, turns))


def drain(stop):
    """A worker, until told to stop and nothing is left to do."""
    try:
        while True:
            asked = stop.is_set()
            if not jobs.process_events(limit=10) + jobs.issue_receipts(limit=10):
                if asked:
                    return
                time.sleep(0.02)
            jobs.issue_receipts(limit=10)
            jobs.close_windows()
    finally:
        connections.close_all()


def deliver(site, body):
    moment = int(time.time())
    request = urllib.request.Request(
        f"{site}/stripe/webhook/",
        data=body,
        headers={"Stripe-Signature": f"t={moment},v1={sign(body, SECRET, moment)}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status


def all_events(sandbox):
    found, after = [], ""
    while True:
        page = sandbox.api(f"events?limit=100{after}")
        found += page["data"]
        if not page["has_more"]:
            return found
        after = f"&starting_after={found[-1]['id']}"
