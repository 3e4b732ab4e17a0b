"""Faults of all kinds, one or two at a time, in an order that a seed fixes; each ends and is written down."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.site.mail_server import FOR_NOW, WELL
from tests.faults.site.running import Process, Site

POSTGRESQL_DIES, BACKEND_FREEZES = "PostgreSQL is killed", "a backend freezes"
WORKER_DIES, OTHER_WORKER_DIES = "a worker is killed", "the other worker is killed"
WEB_DIES, WEB_PROCESS_DIES = "the web server is killed", "a web process is killed"
ANSWERS_500 = "Stripe answers 500"
STRIPE = {
    ANSWERS_500: [500],
    "Stripe answers 429": [429],
    "Stripe stalls": ["stall", "commit-then-stall"],
    "Stripe resets": ["reset", "commit-then-reset"],
}
WEBHOOKS: dict[str, dict[str, object]] = {
    "webhooks are late": {"delay": 8, "shuffle": True},
    "webhooks come twice": {"repeat": 2, "shuffle": True},
    "webhooks are lost for now": {"drop": 0.7},
    "webhooks are lost for good": {"drop": 0.7, "for_good": True},
}
MAIL_IS_AWAY, MAIL_REFUSES, MAIL_IS_SLOW = "no mail server", "mail is refused for now", "mail is slow"
CLOCK_JUMPS = "the clock jumps"

DATABASE = (POSTGRESQL_DIES, BACKEND_FREEZES)

FRONTS = (
    DATABASE,
    (WORKER_DIES, OTHER_WORKER_DIES, WEB_DIES, WEB_PROCESS_DIES),
    tuple(STRIPE),
    tuple(WEBHOOKS),
    (MAIL_IS_AWAY, MAIL_REFUSES, MAIL_IS_SLOW),
    (CLOCK_JUMPS,),
)
ONLY_EARLY = frozenset({OTHER_WORKER_DIES, WEB_DIES, WEB_PROCESS_DIES})  # else nobody lives long enough to be measured

LASTS, CALM = (1.0, 6.0), (1.0, 6.0)  # seconds, of a spell and of the pause after it
TWO_AT_ONCE = 0.3
LONGEST_JUMP = 200  # seconds: less than a mail's lease, which a living worker holds
SLOW_SECONDS, STALL_SECONDS = 1.5, 6.0
STRIPES_SHARE = 0.6  # of the calls that fail
OWN_MEMORY = 8 * 1024  # KiB: with less a child of the web server only watches the others


@dataclass(frozen=True)
class Spell:
    """Bad weather of one or two kinds from `at` on, both in seconds; `seed` decides on what is left to chance."""

    at: float
    seconds: float
    kinds: tuple[str, ...]
    seed: int


def forecast(seed: int, seconds: float, *, early: float) -> list[Spell]:
    """The weather of so many seconds: no two spells overlap, and what is ONLY_EARLY ends before `early`."""
    chance, spells, at = random.Random(f"{seed}:soak"), [], CALM[0]
    while True:
        lasts = chance.uniform(*LASTS)
        fronts = chance.sample(FRONTS, 2 if chance.random() < TWO_AT_ONCE else 1)
        kinds = [chance.choice([kind for kind in front if at < early or kind not in ONLY_EARLY]) for front in fronts]
        spell = Spell(at, lasts, tuple(kinds), chance.randrange(10**6))
        if at + lasts >= seconds:
            return spells
        spells.append(spell)
        at += lasts + chance.uniform(*CALM)


@dataclass(frozen=True)
class Fault:
    """What was broken, and from when until when: seconds since the weather began."""

    kind: str
    began: float
    ended: float
    about: str = ""

    def __str__(self) -> str:
        return f"{self.began:7.1f} s to {self.ended:7.1f} s: {self.kind} {self.about}".rstrip()


@dataclass
class Weather:
    """Breaks one site by its forecast; in the end everything is whole again, whatever happened."""

    site: Site
    began: float = field(default_factory=time.monotonic)
    past: list[Fault] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def now(self) -> float:
        return time.monotonic() - self.began

    def blows(self, spells: Iterable[Spell]) -> None:
        """Spell after spell, each at its time or as soon after it as the one before has ended, until it is `over`."""
        for spell in spells:
            if self.over.wait(max(0.0, spell.at - self.now())):
                return
            chance = random.Random(spell.seed)
            with contextlib.ExitStack() as faults:
                for kind in spell.kinds:
                    faults.enter_context(self._written_down(kind, chance))
                self.over.wait(spell.seconds)

    def story(self) -> str:
        return "\n".join(["What the weather did:", *map(str, sorted(self.past, key=lambda fault: fault.began))])

    def kinds(self) -> Counter[str]:
        return Counter(fault.kind for fault in self.past)

    def explains(self, began: float, ended: float, *, kinds: Collection[str], after: float) -> bool:
        """Whether one of these was broken between these moments, or so many seconds before."""
        return any(fault.kind in kinds and fault.began <= ended and began <= fault.ended + after for fault in self.past)

    @contextlib.contextmanager
    def _written_down(self, kind: str, chance: random.Random) -> Iterator[None]:
        began = self.now()
        about = "did not begin"
        try:
            with self._strikes(kind, chance) as about:
                yield
        finally:
            self.past.append(Fault(kind, began, self.now(), about))

    def _strikes(self, kind: str, chance: random.Random) -> contextlib.AbstractContextManager[str]:
        site = self.site
        if kind in STRIPE:
            return self._stripe_fails(STRIPE[kind], chance)
        if kind in WEBHOOKS:
            return self._webhooks_go_astray(WEBHOOKS[kind], chance)
        return {
            POSTGRESQL_DIES: lambda: self._postgresql_is_away(),
            BACKEND_FREEZES: lambda: self._backend_freezes(chance),
            WORKER_DIES: lambda: self._dies(site.jobs[0]),
            OTHER_WORKER_DIES: lambda: self._dies(site.jobs[-1]),
            WEB_DIES: lambda: self._dies(site.web),
            WEB_PROCESS_DIES: lambda: self._web_process_dies(chance),
            MAIL_IS_AWAY: lambda: self._mail_is_away(),
            MAIL_REFUSES: lambda: self._mail_is(FOR_NOW, 0.0),
            MAIL_IS_SLOW: lambda: self._mail_is(WELL, SLOW_SECONDS),
            CLOCK_JUMPS: lambda: self._clock_jumps(chance),
        }[kind]()

    @contextlib.contextmanager
    def _postgresql_is_away(self) -> Iterator[str]:
        self.site.server.kill()
        try:
            yield ""
        finally:
            self.site.server.start()

    @contextlib.contextmanager
    def _backend_freezes(self, chance: random.Random) -> Iterator[str]:
        backends = sorted(self.site.server.backends(self.site.database))
        frozen = chance.sample(backends, min(1, len(backends)))
        with self.site.server.frozen(frozen):
            yield ""

    @contextlib.contextmanager
    def _dies(self, process: Process) -> Iterator[str]:
        """People call who starts it again; if nobody did, we do."""
        process.kill()
        try:
            yield process.name
        finally:
            self.site.tend()

    @contextlib.contextmanager
    def _web_process_dies(self, chance: random.Random) -> Iterator[str]:
        """Its server starts another one."""
        if pids := web_processes(self.site):
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(pids), signal.SIGKILL)
        yield ""

    @contextlib.contextmanager
    def _stripe_fails(self, kinds: list[int | str], chance: random.Random) -> Iterator[str]:
        plan = {"seed": chance.randrange(10**6), "rate": STRIPES_SHARE, "kinds": kinds, "path": "/v1/*"}
        self.site.control("faults", {"plan": {**plan, "seconds": STALL_SECONDS}})
        try:
            yield ""
        finally:
            self.site.control("faults", {"plan": None})

    @contextlib.contextmanager
    def _webhooks_go_astray(self, how: dict[str, object], chance: random.Random) -> Iterator[str]:
        self.site.control("deliveries", {**how, "seed": chance.randrange(10**6)})
        try:
            yield ""
        finally:
            self.site.control("deliveries", {"faults": None})

    @contextlib.contextmanager
    def _mail_is_away(self) -> Iterator[str]:
        self.site.mail.stop()
        try:
            yield ""
        finally:
            self.site.mail.start()

    @contextlib.contextmanager
    def _mail_is(self, mood: str, seconds: float) -> Iterator[str]:
        mail = self.site.mail
        mail.mood, mail.seconds = mood, seconds
        try:
            yield ""
        finally:
            mail.mood, mail.seconds = WELL, 0.0

    @contextlib.contextmanager
    def _clock_jumps(self, chance: random.Random) -> Iterator[str]:
        seconds = chance.randrange(5, LONGEST_JUMP)
        self.site.later(seconds)
        yield f"by {seconds} s"


def web_processes(site: Site) -> list[int]:
    """The processes of the web server that answer people: its children, but for the small ones that watch."""
    if site.web.is_dead:
        return []
    return sorted(pid for pid in _children(site.web.running.pid) if (own_memory(pid) or 0) >= OWN_MEMORY)


def own_memory(pid: int) -> int | None:
    """KiB that a process has for itself (RssAnon: no files, nothing shared); None if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon:")), None)


def _children(pid: int) -> list[int]:
    """Of all its threads: each may have started some."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, children.read_text().split())
    return found
