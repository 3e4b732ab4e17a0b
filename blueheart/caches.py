"""The cache in Redis (CACHE_URL), for what may be made again at any time. While Redis is away, it is made again.

Only texts and bytes are kept: Django's own way to keep anything else would run what comes out of Redis as code.
"""

import functools
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.core.cache.backends import redis as django_redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

T = TypeVar("T")
# To make a thing again takes less than a second: it is not worth more to wait for one that was made.
TIMEOUT_SECONDS = 0.5
AWAY_SECONDS = 5.0  # until one that did not answer is asked again
TEXT, BYTES = b"t", b"b"


class TextsAndBytes:
    """How values are written: a letter that says which of the two it is, and the bytes."""

    def dumps(self, value: object) -> bytes:
        """Raises `TypeError` for anything else, in development as well as in production."""
        if isinstance(value, str):
            return TEXT + value.encode()
        if isinstance(value, bytes):
            return BYTES + value
        raise TypeError(f"the cache keeps texts and bytes, no {type(value).__name__}")

    def loads(self, data: bytes) -> str | bytes:
        """Raises `ValueError` for what we have not written."""
        if data[:1] == TEXT:
            return data[1:].decode()
        if data[:1] == BYTES:
            return data[1:]
        raise ValueError("somebody else has written this")


class RedisCache(django_redis.RedisCache):
    """Django's, that knows nothing while Redis is away: each process finds that out once in a while, and waits for it
    no longer than TIMEOUT_SECONDS."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {
            "serializer": TextsAndBytes,
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        }
        super().__init__(server, params | {"OPTIONS": options | params.get("OPTIONS", {})})
        self._circuit = _circuit_of(server)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._asked(functools.partial(super().get, key, default, version), default)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._asked(functools.partial(super().set, key, value, timeout, version), None)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._asked(functools.partial(super().add, key, value, timeout, version), False)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._asked(functools.partial(super().touch, key, timeout, version), False)

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._asked(functools.partial(super().delete, key, version), False)

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self._asked(functools.partial(super().has_key, key, version), False)

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        nothing: dict[str, Any] = {}
        return self._asked(functools.partial(super().get_many, keys, version), nothing)

    def set_many(self, data: dict[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[str]:
        return self._asked(functools.partial(super().set_many, data, timeout, version), list(data))

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        self._asked(functools.partial(super().delete_many, keys, version), None)

    def clear(self) -> None:
        self._asked(super().clear, None)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        raise TypeError("the cache keeps texts and bytes, and counts nothing: counts live in PostgreSQL")

    def _asked(self, ask: Callable[[], T], otherwise: T) -> T:
        return self._circuit.asked(ask, otherwise)


class Circuit:
    """Whether a server is asked at all. Django makes a cache for each thread: this is one for all of the process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._is_away = False
        self._out_until = 0.0

    def asked(self, ask: Callable[[], T], otherwise: T) -> T:
        """What the server says; `otherwise` while it is away, and where it holds what we have not written."""
        if not self._may_be_asked():
            return otherwise
        try:
            answer = ask()
        except ValueError:
            return otherwise
        except (RedisError, OSError) as error:
            self._noted(is_away=True, why=error)
            return otherwise
        self._noted(is_away=False)
        return answer

    def _may_be_asked(self) -> bool:
        with self._lock:
            now = self._clock()
            if now < self._out_until:
                return False
            if self._is_away:  # the others go on while one tries
                self._out_until = now + AWAY_SECONDS
            return True

    def _noted(self, *, is_away: bool, why: object = "") -> None:
        with self._lock:
            is_news, self._is_away = self._is_away != is_away, is_away
            self._out_until = self._clock() + AWAY_SECONDS if is_away else 0.0
        if is_news and is_away:
            logger.warning("the cache is away, and all is made anew: %s", type(why).__name__)
        elif is_news:
            logger.info("the cache is back")


@functools.cache
def _circuit_of(_server: str) -> Circuit:
    return Circuit()
