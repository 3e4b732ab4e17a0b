"""The WSGI application that answers for Django where it knows the answer."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.http import parse_etags, parse_http_date_safe

from blueheart.metrics.figures import count_pages, tell_kept
from blueheart.pages.cache import encodings
from blueheart.pages.cache.answers import Answer, Application, Headers, Page, timing
from blueheart.pages.cache.counts import STATES, Counts
from blueheart.pages.cache.flights import Flights
from blueheart.pages.cache.making import Making
from blueheart.pages.cache.renewing import Renewer
from blueheart.pages.cache.store import Slot, Store
from blueheart.pages.cache.watch import Watch
from blueheart.pages.cache.wishes import Wish, wish_of
from blueheart.postgresql.replicas import Replicas, configured

Look = tuple[str | None, ...]

OK, NOT_MODIFIED = "200 OK", "304 Not Modified"
RENEWED_SECONDS = 60.0  # even where nothing seems to have changed: a net below the versions
EXCUSED_SECONDS = 60.0 * 60  # so long a former page stands in for one that cannot be made
RETRY_SECONDS = 2.0  # after Django failed
WAIT_SECONDS = 5.0  # for the thread that makes the page
MOST_TRIES = 2
MOST_SHORTCUTS, LONGEST_SHORTCUT = 4096, 1200


class Request(NamedTuple):
    """A request on its way through the cache."""

    environ: dict[str, Any]
    start_response: Callable[..., Any]
    look: Look
    encoding: str


class PageCache:
    """Keeps public pages of `app` in this process. Every answer says in `Server-Timing` what became of its request."""

    def __init__(
        self,
        app: Application,
        *,
        most_bytes: int,
        watch: Watch | None = None,
        replicas: Replicas | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.counts = Counts()
        self.watch = watch or Watch(clock=clock, after_poll=self._report)
        self.store = Store(most_bytes)
        self.replicas = configured() if replicas is None else replicas
        self._making = Making(app, self.watch, self.replicas)
        self._clock = clock
        self._flights = Flights()
        self._renewer = Renewer(self._renew)
        # By what requests look like to where their page is: the way of all but the first of each kind.
        self._shortcuts: dict[Look, tuple[Slot, str]] = {}
        self._reported = dict.fromkeys(STATES, 0)
        os.register_at_fork(after_in_child=self._begin_again)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        get = environ.get
        look = (
            get("PATH_INFO"), get("HTTP_HOST"), get("QUERY_STRING"), get("HTTP_ACCEPT_ENCODING"), get("REQUEST_METHOD"),
            get("wsgi.url_scheme"), get("HTTP_X_FORWARDED_PROTO"),
        )  # fmt: skip
        found = self._shortcuts.get(look)
        # What a shortcut does not know takes the longer way.
        if (
            found is not None
            and "HTTP_COOKIE" not in environ
            and "HTTP_IF_NONE_MATCH" not in environ
            and "HTTP_IF_MODIFIED_SINCE" not in environ
            and "HTTP_AUTHORIZATION" not in environ
            and "HTTP_RANGE" not in environ
            and "HTTP_IF_MATCH" not in environ
            and "HTTP_IF_UNMODIFIED_SINCE" not in environ
        ):
            slot, encoding = found
            page = slot.page
            if page is not None:
                now = self._clock()
                shape = page.shapes.get(encoding)
                if shape is not None and now < page.stamp.true_until and now < page.renew_at:
                    slot.is_asked_again = True
                    self.counts.hit()
                    start_response(OK, shape.hit[:])
                    return shape.bodies
        return self._slowly(Request(environ, start_response, look, encodings.chosen(get("HTTP_ACCEPT_ENCODING"))))

    # The longer way

    def _slowly(self, request: Request) -> Iterable[bytes]:
        self.watch.keep_running()
        wish = wish_of(request.environ)
        if wish is None:
            return self._from_django(request)
        is_author = settings.CSRF_COOKIE_NAME in request.environ.get("HTTP_COOKIE", "")
        if is_author:  # who has sent a form finds what they wrote: they are shown nothing that is stale
            self.watch.poll_for_one()
        for tries_left in reversed(range(MOST_TRIES + 1)):
            slot = self.store.find(wish)
            if slot and (page := slot.page) and (told := self._told(wish, page, is_author=is_author)):
                return self._found(request, slot, page, told)
            if not tries_left or self.watch.stamp(numbers=wish.numbers) is None:
                break
            flight, leads = self._flights.join(wish)
            if leads:
                with self._flights.led(wish, flight):
                    answer, page = self._made(wish, is_author=is_author)
                    flight.is_for_all = page is not None or (answer is not None and answer.is_broken)
                return self._first(request, wish, answer, page)
            if not flight.is_over.wait(WAIT_SECONDS) or not flight.is_for_all:
                break
        return self._excused(request, wish) or self._from_replica(request, wish) or self._from_django(request)

    def _told(self, wish: Wish, page: Page, *, is_author: bool) -> str:
        """As what the page may be shown now: `hit`, `stale` or `blind`; empty where it may not."""
        now, stamp = self._clock(), page.stamp
        if now >= stamp.true_until and stamp.is_current:
            self.watch.stamp(numbers=wish.numbers)  # midnight and moments end stamps as soon as somebody asks
        if now < stamp.true_until:
            if now < page.renew_at:
                return "hit"
            self._renewer.soon(wish)
            return "stale"
        if now < page.made_at + EXCUSED_SECONDS and (self.watch.is_blind or page.failed_at):
            if page.failed_at and now >= page.failed_at + RETRY_SECONDS:
                self._renewer.soon(wish)
            return "blind"
        if now < stamp.stale_until and not stamp.is_current and not is_author:
            self._renewer.soon(wish)
            return "stale"
        return ""

    def _made(self, wish: Wish, *, is_author: bool = False) -> tuple[Answer | None, Page | None]:
        """Django's answer to the wish, None of one that streams; and the page that is kept of it, if it may be.

        Where Django fails, a former page is excused for a while.
        """
        stamp = self.watch.stamp(numbers=wish.numbers)  # before Django reads: what changes later is not in the page
        answer = self._making.answer(wish, is_author=is_author)
        now, slot = self._clock(), self.store.find(wish)
        former = slot.page if slot else None
        if answer and answer.is_broken:
            if former:
                former.failed_at, former.renew_at = now, now + RETRY_SECONDS
            return answer, None
        if answer is None or not answer.may_be_kept:
            self.store.drop(wish)
            return answer, None
        if stamp is None:
            return answer, None
        page = Page(answer, stamp=stamp, made_at=now, renew_at=now + RENEWED_SECONDS)
        for encoding in tuple(former.shapes) if former else ():
            page.shape(encoding)
        self.store.put(wish, page)
        return answer, page

    def _renew(self, wish: Wish) -> None:
        slot, now = self.store.find(wish), self._clock()
        if slot and (page := slot.page) and now < page.stamp.true_until and now < page.renew_at:
            return  # a visitor was quicker
        flight, leads = self._flights.join(wish)
        if leads:
            with self._flights.led(wish, flight):
                _answer, made = self._made(wish)
                flight.is_for_all = made is not None

    # Answers

    def _found(self, request: Request, slot: Slot, page: Page, told: str) -> Iterable[bytes]:
        is_new_shape = request.encoding not in page.shapes
        shape = page.shape(request.encoding)
        if is_new_shape:
            self.store.grew(slot)
        (self.counts.hit if told == "hit" else self.counts.stale)()
        self._remember(request.look, slot, request.encoding)
        if _is_known(request.environ, shape.etag, page.last_modified):
            request.start_response(NOT_MODIFIED, (shape.unchanged if told == "hit" else shape.unchanged_stale)[:])
            return []
        headers = {"hit": shape.hit, "stale": shape.stale, "blind": shape.blind}[told]
        request.start_response(OK, headers[:])
        return [] if request.environ["REQUEST_METHOD"] == "HEAD" else shape.bodies

    def _first(self, request: Request, wish: Wish, answer: Answer | None, page: Page | None) -> Iterable[bytes]:
        """The answer that this very request has waited for."""
        if answer is None:
            return self._from_django(request)
        if page is None:
            return self._excused(request, wish) or self._passed_on(request, answer)
        self.counts.miss()
        shape = page.shape(request.encoding)
        if _is_known(request.environ, shape.etag, page.last_modified):
            request.start_response(NOT_MODIFIED, shape.unchanged[:])
            return []
        request.start_response(OK, shape.miss[:])
        return [] if request.environ["REQUEST_METHOD"] == "HEAD" else shape.bodies

    def _excused(self, request: Request, wish: Wish) -> Iterable[bytes] | None:
        """The former page, where Django failed to make another one."""
        slot = self.store.find(wish)
        page = slot.page if slot else None
        if not slot or not page or not page.failed_at or self._clock() >= page.made_at + EXCUSED_SECONDS:
            return None
        return self._found(request, slot, page, "blind")

    def _from_replica(self, request: Request, wish: Wish) -> Iterable[bytes] | None:
        """The page that nobody may keep, while the database itself has said nothing for too long."""
        answer = self._making.from_replica(wish) if self.watch.is_blind else None
        return self._passed_on(request, answer) if answer else None

    def _passed_on(self, request: Request, answer: Answer) -> Iterable[bytes]:
        """What was made for everyone, and may be kept by nobody: no such page, a way to another address."""
        self.counts.bypass()
        request.start_response(answer.status, [*answer.headers, timing("bypass")])
        return [] if request.environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _from_django(self, request: Request) -> Iterable[bytes]:
        self.counts.bypass()

        def start_response(status: str, headers: Headers, *exc_info: Any) -> Any:
            return request.start_response(status, [*headers, timing("bypass")], *exc_info)

        return self.app(request.environ, start_response)

    def _remember(self, look: Look, slot: Slot, encoding: str) -> None:
        """Find the page by the look of the request from now on."""
        if "GET" not in look or sum(map(len, filter(None, look))) > LONGEST_SHORTCUT:
            return
        if len(self._shortcuts) >= MOST_SHORTCUTS:
            self._shortcuts.clear()
        self._shortcuts[look] = slot, encoding

    def _report(self) -> None:
        """Tell `/metrics`, once a second and not with each request: a count there costs as much as a hit."""
        with contextlib.suppress(OSError):  # a full disk stops no page
            for state, number in self.counts.read().items():
                if more := number - self._reported[state]:
                    count_pages(state, more)
                self._reported[state] = number
            tell_kept(pages=len(self.store), size=self.store.bytes)

    def _begin_again(self) -> None:
        """A forked process has none of the threads, and none of the locks that they may have held."""
        self.store = Store(self.store.most_bytes)
        self._flights = Flights()
        self._renewer.forget_thread()
        self._shortcuts = {}


def _is_known(environ: dict[str, Any], etag: str, last_modified: str) -> bool:
    """Whether the browser has this very answer (RFC 9110, 13.2.2)."""
    if (tags := environ.get("HTTP_IF_NONE_MATCH")) is not None:
        known = {tag.removeprefix("W/") for tag in parse_etags(tags)}
        return "*" in known or etag.removeprefix("W/") in known
    since = parse_http_date_safe(environ.get("HTTP_IF_MODIFIED_SINCE", "")) if last_modified else None
    changed = parse_http_date_safe(last_modified) if since is not None else None
    return since is not None and changed is not None and changed <= since
