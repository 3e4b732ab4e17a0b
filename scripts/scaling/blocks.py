"""What the model says on docs/scaling.md, block by block."""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from scripts.scaling import day as days
from scripts.scaling.costs import Costs, Cpu
from scripts.scaling.model import LONGEST_WAIT, SIZES, Need, Ours, Size, World
from scripts.scaling.queues import Queue
from scripts.scaling.words import dollars, milliseconds, percent, span, table, three

SHOWN_BELOW = 2.0  # what is used up at more than twice World Day is named only
GB_OF_MEMORY = (4, 16, 64, 256)
STORIES = ("pledge", "gift")

Assumptions = Mapping[str, Mapping[str, Any]]
Keys = tuple[str, str, list[str]]  # a model, the column that would split it, unique keys that do not hold it


class Model:
    """All sizes of World Day, from one set of assumptions and measurements."""

    def __init__(
        self,
        assumed: Mapping[str, Mapping[str, Any]],
        costs: Costs,
        ours: Ours,
        keys: Iterable[tuple[str, str, list[str]]],
    ) -> None:
        self.assumed, self.costs, self.ours, self.keys = assumed, costs, ours, list(keys)
        self.given = {name: float(each["value"]) for name, each in assumed.items() if "value" in each}
        self.day = days.world_day(self.given)
        self.worlds = [self._world(size) for size in SIZES]
        self.small, self.good, self.several = self.worlds
        self.live = self._world(self.good.size, stripe=self.given["stripe_live"])

    def prices(self, end: str) -> dict[str, float]:
        """The low or the high end of all that has a price."""
        return {name: float(each[end]) for name, each in self.assumed.items() if end in each}

    def _world(self, size: Size, stripe: float = 0.0) -> World:
        return World(size, self.given, self.costs, self.day, self.ours, stripe)


def answer(model: Model) -> Iterator[str]:
    small, good = model.small, model.good
    busy, mails = sum(good.busy().values()), max(map(sum, zip(model.day.pledges, model.day.gifts, strict=True)))
    needed, without = good.workers_needed(), small.workers_needed()["mails"]
    first = [f"{need.name} (at {percent(need.full_at)} of World Day)" for need in small.needs()[:3]]
    limit = next(need for need in small.needs() if need.name.startswith("our limit"))
    yield (
        f"- **Buy** {math.ceil(busy / model.given['plan_to'])} cores for the day, of which {three(busy)} are busy in "
        "its busiest second: one machine, or several where one may fail. Two do for the rest of the year."
    )
    yield (
        f"- **Agree with the mail provider** weeks before: {three(good.mails_sent())} mails in the day, "
        f"{three(mails)} a second. **Put a mail relay** beside the workers: with it {_workers(needed['mails'])} keep "
        f"up with the mails, without it {_workers(without)}. Start {_workers(needed['events'])} for the hour of gifts."
    )
    yield (
        f"- **Raise our own limits** of pledges for the day: as delivered they end at {percent(limit.full_at)} of "
        "World Day’s peak. What is beyond is taken as suspected, and counts a quiet day later."
    )
    yield (
        f"- **Stripe’s test mode carries {three(small.gifts_an_hour)} gifts an hour**, and World Day asks for "
        f"{three(model.given['gifts'])}. Beyond that pay pages do not open: nothing is charged, nothing is lost, and "
        "no machine changes it."
    )
    yield f"- **What breaks first**, as delivered on two cores: {'; '.join(first)}. Cached pages go on all through it."
    yield (
        f"- **Watch** the age of the oldest mail and of the oldest event: beyond {span(LONGEST_WAIT)} start workers, "
        "as long as neither Stripe nor the provider is the limit. Then the web’s threads, then PostgreSQL’s CPU."
    )


def asked(model: Model) -> Iterator[str]:
    world, day, pages = model.small, model.day, model.given["pages_a_visit"]
    wal = [model.costs.wal_bytes(story) / 1e6 for story in STORIES]

    def row(what: str, of: Callable[[float, float, float], float], unit: str = "") -> tuple[str, str, str]:
        total = sum(of(*each) for each in zip(day.visitors, day.pledges, day.gifts, strict=True)) * days.STEP
        return what, f"{three(days.at_peak(of, day))} {unit}".strip(), f"{three(total / days.DAY)} {unit}".strip()

    rows = [
        row("visitors who come", lambda v, p, g: v),
        row("pages read from a cache", lambda v, p, g: v * pages),
        row("pledges sent", lambda v, p, g: p),
        row("gifts paid", lambda v, p, g: g),
        row("requests that no cache answers", lambda v, p, g: world.requests(p, g)),
        row("mails", lambda v, p, g: p + g),
        row("requests to Stripe", lambda v, p, g: g * world.calls),
        row("rows inserted", lambda v, p, g: world.rows_a_second(p, g)),
        row("write-ahead log", lambda v, p, g: p * wal[0] + g * wal[1], "MB"),
        row("sent to visitors", world.mbit, "Mbit"),
    ]
    yield from table(("A second", "at the peak", "mean of the day"), rows)
    grown = world.grown_gb()
    yield ""
    yield (
        f"The day leaves {three(grown['kept'])} GB of rows and indexes for good and {three(grown['passing'])} GB for "
        f"a day (the counters of limits); PostgreSQL writes {three(grown['wal'])} GB of log, and visitors get "
        f"{three(world.traffic_gb())} GB."
    )


def load(model: Model) -> Iterator[str]:
    rows = []
    for world in model.worlds:
        size, busy = world.size, world.busy()
        threads = days.at_peak(world.threads, model.day)
        rows.append(
            (
                f"**{size.name}**: {size.what}",
                " + ".join(str(cores) for cores in size.cores.values()),
                *(f"{busy[part]:.1f}" for part in ("front", "web", "worker", "database")),
                f"{three(threads)} of {size.web_processes} × {size.threads}",
                three(world.connections),
            )
        )
    head = ("Size", "Cores", "busy: nginx", "web", "workers", "PostgreSQL", "Web threads held", "Connections")
    yield from table(head, rows)


def queues(model: Model) -> Iterator[str]:
    rows = []
    for world in model.worlds:
        workers = str(world.size.workers)
        lanes = (("mails", workers, world.mails), ("gifts’ events", workers, world.events))
        for name, working, queue in (*lanes, ("receipts", "one lock", world.receipts)):
            rows.append((world.size.name, name, working, *_went(queue)))
    head = ("Size", "Lane", "Workers", "Most waiting", "Longest wait", "Mean wait", "Nothing waits from (UTC)")
    yield from table(head, rows)


def workers(model: Model) -> Iterator[str]:
    small, good = model.small, model.good
    rows = []
    for name, world in (("directly to the provider", small), ("by a relay in the same network", good)):
        rows.append((f"mails, {name}", *_each(world.mail_seconds(1, 0)), _number(world.workers_needed()["mails"])))
    needed = _number(good.workers_needed()["events"])
    rows.append(("a gift’s events", *_each(good.events_seconds), needed))
    rows.append(("receipts", *_each(good.receipt_seconds), "one lock for all"))
    yield from table(("Lane", "One takes", "A worker does a second", "Workers, so that nothing waits a minute"), rows)


def stripe(model: Model) -> Iterator[str]:
    rows = []
    for name, world in (("test mode", model.good), ("live mode, refused here", model.live)):
        rows.append(
            (
                name,
                f"{three(world.stripe_limit)}/s",
                three(world.gifts_an_hour),
                f"{three(max(model.day.gifts) * world.calls)}/s",
                percent(1 - sum(world.paid) / sum(model.day.gifts)),
                span(world.events.oldest),
                _moment(world.events),
            )
        )
    head = ("", "Allowed", "Gifts an hour", "Asked at the peak", "Gifts without a pay page", "Longest wait of events")
    yield from table((*head, "Nothing waits from (UTC)"), rows)


def breaks(model: Model) -> Iterator[str]:
    for world in model.worlds:
        needs = world.needs()
        yield from (f"### On {world.size.name}", "")
        shown = [_row(need) for need in needs if need.full_at < SHOWN_BELOW]
        yield from table(("Used up at", "What", "World Day needs", "There is", "Then", "Do"), shown)
        if rest := [f"{need.name} ({percent(need.full_at)})" for need in needs if need.full_at >= SHOWN_BELOW]:
            yield from ("", f"Twice as much as needed, or more: {'; '.join(rest)}.")
        if world is not model.worlds[-1]:
            yield ""


def money(model: Model) -> Iterator[str]:
    ends = [model.prices(end) for end in ("low", "high")]
    rows = []
    for world in model.worlds:
        for quiet in (True, False):
            low, high = (world.monthly(prices, quiet=quiet) for prices in ends)
            each = [_range(low[part], high[part]) for part in low]
            total = f"**{_range(sum(low.values()), sum(high.values()))}**"
            rows.append((world.size.name, "ordinary" if quiet else "of World Day", *each, total))
    yield from table(("Size", "Month", *model.small.monthly(ends[0], quiet=True), "all, USD"), rows)
    surge = [_surge(model.small, model.several, prices, model.given["surge_days"]) for prices in ends]
    yield ""
    yield (
        f"The small one all year and the several for {three(model.given['surge_days'])} days: **{_range(*surge)} "
        "USD** in the month of World Day. What people do, domains and a CDN are not in it. Prices are what others "
        "found in lists, [with their dates](#what-is-assumed): no advice whom to choose."
    )


def keys(model: Model) -> Iterator[str]:
    rows = [(f"`{name}`", f"`{column}`", ", ".join(unique)) for name, column, unique in model.keys]
    yield from table(("Table", "Split by", "Unique keys that would hold within one part only"), rows)


def memory(model: Model) -> Iterator[str]:
    pledge, gift = (model.costs.left_by(story) for story in STORIES)
    of_a_day = model.given["pledges"] * pledge.index + model.given["gifts"] * gift.index
    rows = []
    for gigabytes in GB_OF_MEMORY:
        room = gigabytes * 1e9 * model.given["memory_for_indexes"]
        rows.append((f"{gigabytes} GB", f"{three(room / 1e9)} GB", three(room / pledge.index), three(room / of_a_day)))
    yield from table(("PostgreSQL’s memory", "For indexes", "Pledges whose indexes fill it", "World Days"), rows)
    yield ""
    yield (
        f"A pledge leaves {three(pledge.heap)} bytes of rows and {three(pledge.index)} of indexes, a gift "
        f"{three(gift.heap)} and {three(gift.index)}, all of their tables together: {three(of_a_day / 1e9)} GB of "
        "indexes for a World Day."
    )


def check(model: Model) -> Iterator[str]:
    ran = model.costs.own["drained"]
    asking = ran["calls"] * ran["latency_seconds"]
    said, took = model.costs.event_booked.ms / 1000 + asking, ran["cpu_seconds"] / ran["events"] + asking
    yield (
        f"{ran['events']} gifts’ events waited, Stripe took {milliseconds(1000 * ran['latency_seconds'])} to answer, "
        f"and one real lane worked them off. For each the model says {milliseconds(1000 * said)} (P7, and "
        f"{three(ran['calls'])} request); it took {milliseconds(1000 * took)} of work and of waiting for Stripe, "
        f"{took / said:.2f} times that: P7 leaves out the work of asking (`make scaling-measure`)."
    )


def units(model: Model) -> Iterator[str]:
    costs = model.costs
    forms = f"{milliseconds(costs.pledge_form.ms)} · {milliseconds(costs.gift_form.ms)}"
    kilobytes = f"{costs.first_load_kb:.1f} · {costs.next_page_kb:.1f} KB"
    bench = [
        ("a page from nginx’s cache", f"{costs.cached_page.ms * 1000:.1f} µs", "P2"),
        ("a page with counts, made anew", milliseconds(costs.made_page.ms), "P4"),
        ("the form of a pledge · of a gift", forms, "P4"),
        ("a pledge posted", _split(costs.pledge_posted), "P8"),
        ("a pledge confirmed", _split(costs.pledge_confirmed), "P9"),
        ("a webhook taken in", _split(costs.webhook), "P6"),
        ("an event booked, Stripe’s answer apart", _split(costs.event_booked), "P7"),
        ("a first visit · each further page, over the wire", kilobytes, "P13"),
        ("memory of a web process", f"{costs.web_process_mb:.0f} MB", "P15"),
    ]
    calls = f"{costs.calls('gift begun', 'thanks'):.0f} · {costs.calls('events'):.0f}"
    own = [
        ("a gift begun, Stripe’s answer apart", _split(costs.step("gift", "gift begun"))),
        ("the events of a gift, with asking for them", _split(costs.step("gift", "events"))),
        ("a receipt issued", _split(costs.step("gift", "receipt"))),
        ("a mail to confirm a pledge, written", _split(costs.step("pledge", "mail"))),
        ("a mail of thanks with the receipt as PDF, written", _split(costs.step("gift", "mail"))),
        ("requests to Stripe for a gift: while the donor waits · by the worker", calls),
        ("webhooks of a gift", f"{costs.times('gift', 'webhook'):.0f}"),
        ("rows inserted for a pledge · for a gift", " · ".join(three(costs.left_by(story).rows) for story in STORIES)),
        ("bytes that they leave for good", " · ".join(three(_kept(costs, story)) for story in STORIES)),
    ]
    benched = [(what, cost, f'`make bench BENCH_ARGS="--only {number}"`') for what, cost, number in bench]
    lived_through = [(what, cost, "`make scaling-measure`") for what, cost in own]
    yield from table(("One", "Costs", "Measured by"), benched + lived_through)
    at, lived = dt.datetime.fromisoformat(costs.own["measured"]["at"]), costs.own
    dearer = costs.step("pledge", "pledge form").ms / costs.pledge_form.ms
    yield ""
    yield (
        "Of two figures the second is PostgreSQL’s. `make bench` is [performance](performance.md). `make "
        f"scaling-measure` lives through pledges and gifts ({lived['pledge']['acts']} and {lived['gift']['acts']} on "
        f"{at:%Y-%m-%d}) from the form to the mail, by Django’s test client, the worker’s jobs and the sandbox. The "
        f"form of a pledge, which both measure, cost {dearer:.2f} times what P4 says: so far two measurements may be "
        "apart."
    )


def assumed(model: Model) -> Iterator[str]:
    def value(each: Mapping[str, Any]) -> str:
        ends = [each["value"]] if "value" in each else [each["low"], each["high"]]
        return "–".join(three(float(end)) for end in ends)

    rows = [(each["what"], value(each), each["certainty"], each["source"]) for each in model.assumed.values()]
    yield from table(("Assumed", "", "Certainty", "Source"), rows)


BLOCKS: dict[str, Callable[[Model], Iterable[str]]] = {
    block.__name__: block
    for block in (answer, asked, load, queues, workers, stripe, breaks, money, keys, memory, check, units, assumed)
}


def _surge(small: World, large: World, prices: Mapping[str, float], surge: float) -> float:
    """USD of a month with the small machine all through and the large ones for some days; traffic and mails once."""
    month, rented = small.monthly(prices, quiet=False), large.monthly(prices, quiet=True)
    return sum(month.values()) + sum(rented[part] for part in ("machines", "PostgreSQL", "disk")) * surge / 30


def _row(need: Need) -> tuple[str, ...]:
    used = f"**{percent(need.full_at)}**" if need.full_at < 1 else percent(need.full_at)
    figures = (f"{three(value)}{need.unit}" for value in (need.needed, need.there))
    return used, need.name, *figures, need.then, need.do


def _went(queue: Queue) -> tuple[str, ...]:
    return three(queue.longest), span(queue.oldest), span(queue.mean_wait), _moment(queue)


def _moment(queue: Queue) -> str:
    if queue.never_waited:
        return "nothing ever waits"
    if queue.empty_at is None:
        return "never"
    whole, seconds = divmod(round(queue.empty_at), days.DAY)
    clock = f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"
    return f"{clock}, {whole} days later" if whole > 1 else f"{clock} the next day" if whole else clock


def _each(seconds: float) -> tuple[str, str]:
    return milliseconds(1000 * seconds), f"{1 / seconds:.1f}"


def _kept(costs: Costs, story: str) -> float:
    left = costs.left_by(story)
    return left.heap + left.index


def _split(cpu: Cpu) -> str:
    return f"{cpu.python_ms:.1f} + {cpu.postgres_ms:.1f} ms"


def _range(low: float, high: float) -> str:
    return f"{dollars(low)}–{dollars(high)}" if high else "–"


def _number(number: int | None) -> str:
    return "not to be had" if number is None else str(number)


def _workers(number: int | None) -> str:
    return "no number of workers" if number is None else "1 worker" if number == 1 else f"{number} workers"
