"""World Day at a size: what is needed, what there is, what gives way first, how queues go, and what it costs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from scripts.scaling import queues
from scripts.scaling.costs import Costs, Cpu
from scripts.scaling.day import DAY, HOUR, STEP, Day, at_peak, busiest

TEN_MINUTES = 600
LONGEST_WAIT = 60.0  # seconds that a mail or an event may wait in a day that was planned well
WINDOW_SECONDS = 2.0  # of the counts, in which each page with counts is made anew
THOUSAND = 1e3
POOLED = 5  # clients for each connection that PgBouncer keeps: most of a web thread's time is Python's


@dataclass(frozen=True)
class Ours:
    """Numbers of the portal's own, read from its code and its configuration."""

    site_ten_minutes: float
    site_day: float
    lanes: int
    nginx_connections: float


@dataclass(frozen=True)
class Size:
    """Machines and settings. `cores` are of front, web, worker and database; one number where all share a machine."""

    name: str
    what: str
    cores: Mapping[str, int]
    memory_gb: int
    web_processes: int
    threads: int
    workers: int
    port_gbit: float
    relay: bool = False
    raised: bool = False
    pooled: bool = False
    replicas: int = 0
    fronts: int = 1
    disk_gb: int = 50

    @property
    def shared(self) -> bool:
        return set(self.cores) == {"all"}

    @property
    def all_cores(self) -> int:
        return sum(self.cores.values())


SIZES = (
    Size(
        "small", "a laptop, or the smallest machine to rent, with 4 GB; everything as it is delivered",
        {"all": 2}, memory_gb=4, web_processes=2, threads=2, workers=1, port_gbit=1,
    ),
    Size(
        "one good machine", "128 GB; a mail relay and PgBouncer on it; our limits raised, mails agreed on",
        {"all": 32}, memory_gb=128, web_processes=24, threads=4, workers=28, port_gbit=1, relay=True, raised=True,
        pooled=True, disk_gb=200,
    ),
    Size(
        "several machines", "2 fronts, 4 web, 2 worker, PostgreSQL and a replica; else as the one",
        {"front": 12, "web": 32, "worker": 8, "database": 16}, memory_gb=64, web_processes=32, threads=4, workers=28,
        port_gbit=10, relay=True, raised=True, pooled=True, replicas=1, fronts=2, disk_gb=500,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Need:
    """One thing that can run out: what World Day asks for at its busiest, what there is, and who has to do what."""

    name: str
    needed: float
    there: float
    unit: str
    then: str
    do: str

    @property
    def full_at(self) -> float:
        """The share of World Day at which it is used up."""
        return self.there / self.needed if self.needed else float("inf")


@dataclass(frozen=True)
class World:
    """The model at one size."""

    size: Size
    given: Mapping[str, float]
    costs: Costs
    day: Day
    ours: Ours
    stripe: float = field(default=0.0)  # requests a second; test mode's unless said

    # What is asked for

    @cached_property
    def acts(self) -> dict[str, Cpu]:
        """CPU of the web processes, and of PostgreSQL for them, for each pledge and each gift."""
        costs, given = self.costs, self.given
        looked = costs.step("pledge", "check your mail")
        sent = costs.pledge_form * given["forms_a_pledge"] + costs.pledge_posted + looked
        confirmed = costs.step("pledge", "confirmation opened") + costs.pledge_confirmed + costs.own_heart
        begun = costs.step("gift", "gift begun") * given["begun_a_gift"]
        knocks = costs.webhook * costs.times("gift", "webhook")
        paid = costs.gift_form * given["forms_a_gift"] + begun + costs.step("gift", "thanks") + knocks
        return {"pledge": sent + confirmed * given["confirmed"], "gift": paid}

    @cached_property
    def web_calls(self) -> float:
        """Requests to Stripe that donors wait for, of one gift."""
        return self.costs.calls("gift begun") * self.given["begun_a_gift"] + self.costs.calls("thanks")

    @cached_property
    def worker_calls(self) -> float:
        return self.costs.calls("events")

    @cached_property
    def calls(self) -> float:
        """All requests to Stripe of one gift."""
        return self.web_calls + self.worker_calls

    @property
    def gifts_an_hour(self) -> float:
        """As many as Stripe's limit carries."""
        return HOUR * self.stripe_limit / self.calls

    def front_cores(self, visitors: float, pledges: float, gifts: float) -> float:
        """Cores of nginx: pages and files of its own, handshakes, and what it passes on."""
        pages = self.costs.cached_page.ms * self.given["pages_a_visit"]
        visit = pages + self.costs.file.ms * self.costs.first_load_files + self.given["tls_ms"]
        passed_on = self.costs.cached_page.ms * self.requests(pledges, gifts)
        return (visitors * visit + passed_on) / THOUSAND

    def requests(self, pledges: float, gifts: float) -> float:
        """Requests a second that no cache answers."""
        given = self.given
        of_pledge = given["forms_a_pledge"] + 2 + 3 * given["confirmed"]
        of_gift = given["forms_a_gift"] + given["begun_a_gift"] + 1 + self.costs.times("gift", "webhook")
        return pledges * of_pledge + gifts * of_gift

    def web_cores(self, visitors: float, pledges: float, gifts: float) -> float:
        """Cores of the web processes' Python: forms, and the pages with counts, anew in each of their windows."""
        acts = pledges * self.acts["pledge"].python_ms + gifts * self.acts["gift"].python_ms
        return (acts + self.making_ms(visitors)) / THOUSAND

    def making_ms(self, visitors: float) -> float:
        """CPU ms a second of making pages with counts: each once in a window and front, and no oftener than asked."""
        asked = visitors * self.given["pages_a_visit"]
        made = min(asked, self.given["hot_pages"] / WINDOW_SECONDS * self.size.fronts)
        return made * self.costs.made_page.ms

    def worker_cores(self, visitors: float, pledges: float, gifts: float) -> float:
        """Cores of the workers' Python, when they keep up."""
        mails = pledges * self.costs.step("pledge", "mail").python_ms
        return (mails + gifts * self._gift_in_worker.python_ms) / THOUSAND

    def database_cores(self, visitors: float, pledges: float, gifts: float) -> float:
        """Cores of PostgreSQL."""
        mails = pledges * self.costs.step("pledge", "mail").postgres_ms
        web = pledges * self.acts["pledge"].postgres_ms + gifts * self.acts["gift"].postgres_ms
        return (web + mails + gifts * self._gift_in_worker.postgres_ms) / THOUSAND

    def threads(self, visitors: float, pledges: float, gifts: float) -> float:
        """Threads of web processes that are held at once (Little's law): while they work, and while Stripe does."""
        in_postgres = (pledges * self.acts["pledge"].postgres_ms + gifts * self.acts["gift"].postgres_ms) / THOUSAND
        at_stripe = gifts * self.web_calls * self.given["stripe_seconds"]
        return self.web_cores(visitors, pledges, gifts) + in_postgres + at_stripe

    @cached_property
    def _gift_in_worker(self) -> Cpu:
        steps = ("events", "receipt", "mail")
        return sum((self.costs.step("gift", step) for step in steps), Cpu(0.0))

    # The lanes of the workers

    def smtp_seconds(self) -> float:
        """How long the mail server keeps a worker, for one mail."""
        given = self.given
        trip = given["smtp_near_ms"] if self.size.relay else given["smtp_far_ms"]
        accept = given["smtp_accept_ms"] / (10 if self.size.relay else 1)
        return (given["smtp_round_trips"] * trip + accept) / THOUSAND

    def mail_seconds(self, pledges: float, gifts: float) -> float:
        """How long one mail keeps its lane, in the mixture of this moment."""
        mails, (of_pledge, of_gift) = pledges + gifts, self._mail_ms
        mixed = (pledges * of_pledge + gifts * of_gift) / mails if mails else of_pledge
        return mixed / THOUSAND + self.smtp_seconds()

    @cached_property
    def _mail_ms(self) -> tuple[float, float]:
        return self.costs.step("pledge", "mail").ms, self.costs.step("gift", "mail").ms

    @cached_property
    def events_seconds(self) -> float:
        """How long the events of one gift keep their lane."""
        return self.costs.step("gift", "events").ms / THOUSAND + self.worker_calls * self.given["stripe_seconds"]

    @cached_property
    def receipt_seconds(self) -> float:
        return self.costs.step("gift", "receipt").ms / THOUSAND

    @property
    def stripe_limit(self) -> float:
        return self.stripe or self.given["stripe_test"]

    @cached_property
    def events(self) -> queues.Queue:
        """Gifts whose events wait. Donors' own requests come first; what Stripe still allows is left to the workers."""
        most = self.size.workers / self.events_seconds
        left = [max(0.0, self.stripe_limit - gifts * self.web_calls) for gifts in self.paid]
        able = [min(most, calls / self.worker_calls) for calls in left]
        return queues.flow(self.paid, able, step=STEP, after=min(most, self.stripe_limit / self.worker_calls))

    @cached_property
    def paid(self) -> tuple[float, ...]:
        """Gifts per second that get a pay page: Stripe refuses what is more than its limit."""
        return tuple(min(gifts, self.stripe_limit / self.web_calls) for gifts in self.day.gifts)

    @cached_property
    def receipts(self) -> queues.Queue:
        """One after the other, however many workers: their numbers are drawn under one lock."""
        able = [1 / self.receipt_seconds] * len(self.events.done)
        return queues.flow(self.events.done, able, step=STEP)

    @cached_property
    def mails(self) -> queues.Queue:
        """Mails to confirm pledges, and mails with receipts; the provider takes so many a second, and so many a day."""
        second, day = self.provider
        arriving = [pledges + gifts for pledges, gifts in zip(self.day.pledges, self.receipts.done, strict=True)]
        able, waiting, left = [], 0.0, day
        for number, comes in enumerate(arriving):
            each = self.mail_seconds(self.day.pledges[number], self.receipts.done[number])
            can = min(self.size.workers / each, second, left / STEP)
            did = min(waiting + comes * STEP, can * STEP)
            waiting, left = waiting + comes * STEP - did, left - did
            able.append(can)
        after = min(self.size.workers / self.mail_seconds(1, 0), second)
        return queues.flow(arriving, able, step=STEP, after=after if left > 0 else min(after, day / DAY))

    @property
    def provider(self) -> tuple[float, float]:
        """Mails a second and a day that the mail provider takes."""
        kind = "raised" if self.size.raised else "new"
        return self.given[f"provider_{kind}_second"], self.given[f"provider_{kind}_day"]

    def workers_needed(self) -> dict[str, int | None]:
        """Workers for each lane, so that nothing waits for longer than a minute; what is outside lets them."""
        gifts = self.day.gifts
        mails = [pledges + given for pledges, given in zip(self.day.pledges, gifts, strict=True)]
        dearest = max(self.mail_seconds(*pair) for pair in zip(self.day.pledges, gifts, strict=True))

        def needed(rates: list[float] | tuple[float, ...], seconds: float) -> int | None:
            return queues.workers_for(rates, seconds_each=seconds, longest_wait=LONGEST_WAIT, step=STEP)

        return {"mails": needed(mails, dearest), "events": needed(gifts, self.events_seconds)}

    # What there is

    def needs(self) -> list[Need]:
        """All that can run out, what is used up first on top."""
        return sorted([*self._rules(), *self._outside(), *self._machines()], key=lambda need: need.full_at)

    def _rules(self) -> list[Need]:
        ten, day = (busiest(self.day.pledges, TEN_MINUTES), sum(self.day.pledges) * STEP)
        allowed = (ten * 2, day * 2) if self.size.raised else (self.ours.site_ten_minutes, self.ours.site_day)
        waits = "pledges are taken as suspected: their mail goes out, they count a quiet day later"
        return [
            Need("our limit of pledges on the whole site in 10 minutes", ten, allowed[0], "", waits,
                 "raise “On the whole site in 10 minutes” (office, settings) for the day"),
            Need("our limit of pledges on the whole site in a day", day, allowed[1], "", waits,
                 "the same with “On the whole site in a day”"),
        ]  # fmt: skip

    def _outside(self) -> list[Need]:
        second, day = self.provider
        mails = [pledges + gifts for pledges, gifts in zip(self.day.pledges, self.day.gifts, strict=True)]
        calls = max(self.day.gifts) * self.calls
        line = self.size.port_gbit * THOUSAND * self.given["plan_to"]
        return [
            Need("Stripe’s requests a second", calls, self.stripe_limit, "/s",
                 "pay pages do not open (“Nothing was charged”), events wait",
                 "nothing can be bought in test mode; in live mode ask Stripe beforehand"),
            Need("the mail provider’s mails a second", max(mails), second, "/s", "mails wait in our outbox, in order",
                 "agree on a rate weeks before, and warm it up"),
            Need("the mail provider’s mails a day", sum(mails) * STEP, day, "", "mails wait until the next day",
                 "agree on the day’s number weeks before"),
            Need("the line to the internet", at_peak(self.mbit, self.day), line, " Mbit/s", "pages come slowly",
                 "a CDN in front, or a wider line"),
        ]  # fmt: skip

    def _machines(self) -> list[Need]:
        size = self.size
        rates = list(zip(self.day.pledges, self.day.gifts, strict=True))
        mails, mail = max(map(sum, rates)), max(self.mail_seconds(*each) for each in rates)
        gifts, threads = max(self.day.gifts), size.web_processes * size.threads * self.given["plan_to"]
        taken = self.given["max_connections"] * (POOLED if size.pooled else 1)
        keep, waits = self.given["connection_seconds"], "forms wait, then fail with 502 or 504; cached pages go on"
        return [
            Need("the workers’ lane of mails", mails, size.workers / mail, "/s", "mails wait, in order",
                 "a relay beside the workers; more workers"),
            Need("the workers’ lane of events, in gifts", gifts, size.workers / self.events_seconds, "/s",
                 "receipts come later; who comes back from Stripe sees their gift all the same", "more workers"),
            Need("receipts, one after the other", gifts, 1 / self.receipt_seconds, "/s", "receipts come later",
                 "nothing: their numbers have one lock, more workers do not help"),
            Need("Python in the web processes, a core each", at_peak(self.web_cores, self.day),
                 size.web_processes * self.given["plan_to"], "", waits, "more web processes"),
            Need("Python in the workers, a core each", at_peak(self.worker_cores, self.day),
                 size.workers * self.given["plan_to"], "", "mails, events and receipts wait", "more workers"),
            Need("threads of the web processes", at_peak(self.threads, self.day), threads, "",
                 waits, "more web processes"),
            Need("connections to PostgreSQL", self.connections, taken, "", "“too many clients”: errors, jobs that wait",
                 "PgBouncer, or `max_connections`"),
            Need("nginx’s connections", at_peak(lambda v, p, g: v * keep, self.day),
                 self.ours.nginx_connections * self.size.cores.get("front", self.size.all_cores), "",
                 "idle ones are closed early: more handshakes", "`worker_connections`, or another front"),
            *self._processors(),
        ]  # fmt: skip

    def _processors(self) -> list[Need]:
        plan, slow = self.given["plan_to"], "everything gets slower, forms first; queues grow"
        if self.size.shared:
            total = at_peak(lambda v, p, g: sum(part(v, p, g) for part in self._parts.values()), self.day)
            return [Need("cores", total, self.size.all_cores * plan, "", slow, "more cores, or the next size")]
        do = {"database": "a larger machine: writes have one primary"}
        return [
            Need(f"cores of {part}", busy, self.size.cores[part] * plan, "", slow, do.get(part, "more of them"))
            for part, busy in self.busy().items()
        ]

    def busy(self) -> dict[str, float]:
        """Cores of each part that are busy in its busiest second."""
        return {part: at_peak(of, self.day) for part, of in self._parts.items()}

    @property
    def _parts(self) -> dict[str, Callable[[float, float, float], float]]:
        cores = (self.front_cores, self.web_cores, self.worker_cores, self.database_cores)
        return dict(zip(("front", "web", "worker", "database"), cores, strict=True))

    @property
    def connections(self) -> float:
        """Connections to PostgreSQL that web threads and workers' lanes hold."""
        return self.size.web_processes * self.size.threads + self.size.workers * self.ours.lanes

    def mbit(self, visitors: float, pledges: float, gifts: float) -> float:
        """Megabits a second to visitors."""
        return self.kilobytes(visitors, pledges, gifts) * 8 / THOUSAND

    def kilobytes(self, visitors: float, pledges: float, gifts: float) -> float:
        first, more = self.costs.first_load_kb, self.costs.next_page_kb * (self.given["pages_a_visit"] - 1)
        return visitors * (first + more) + self.requests(pledges, gifts) * self.costs.next_page_kb

    # Rows and money

    def grown_gb(self) -> dict[str, float]:
        """Gigabytes that the day leaves in PostgreSQL for good, those of a day, and of the write-ahead log."""
        pledge, gift = self.costs.left_by("pledge"), self.costs.left_by("gift")
        pledges, gifts = self.given["pledges"], self.given["gifts"]
        wal = pledges * self.costs.wal_bytes("pledge") + gifts * self.costs.wal_bytes("gift")
        return {
            "kept": (pledges * (pledge.heap + pledge.index) + gifts * (gift.heap + gift.index)) / 1e9,
            "passing": (pledges * pledge.passing + gifts * gift.passing) / 1e9,
            "wal": wal / 1e9,
        }

    def rows_a_second(self, pledges: float, gifts: float) -> float:
        """Rows inserted per second."""
        return pledges * self.costs.left_by("pledge").rows + gifts * self.costs.left_by("gift").rows

    def traffic_gb(self) -> float:
        """Gigabytes to visitors in the day."""
        rates = zip(self.day.visitors, self.day.pledges, self.day.gifts, strict=True)
        return sum(self.kilobytes(*each) for each in rates) * STEP / 1e6

    def mails_sent(self) -> float:
        return self.given["pledges"] + self.given["gifts"]

    def monthly(self, prices: Mapping[str, float], *, quiet: bool) -> dict[str, float]:
        """USD of a month with these machines: an ordinary one, or one with World Day's traffic and mails on top."""
        days = 30 * self.given["quiet_share"] + (0 if quiet else 1)
        database = self.size.cores.get("database", 0) * (1 + self.size.replicas)
        others = self.size.all_cores - self.size.cores.get("database", 0)
        return {
            "machines": others * prices["price_core"],
            "PostgreSQL": database * prices["price_database_core"],
            "disk": self.size.disk_gb * (1 + self.size.replicas) * prices["price_disk_gb"],
            "traffic": self.traffic_gb() * days * prices["price_egress_gb"],
            "mails": self.mails_sent() * days / THOUSAND * prices["price_1000_mails"],
        }
