"""Debian's redis-server on a port of its own, for the cache: nothing of it is on a disk."""

import shutil
import subprocess
from pathlib import Path

from redis import Redis, RedisError

from tests.growing.servers import wait_until
from tests.portal import free_port


class RedisServer:
    """Not started yet; may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.program = shutil.which("redis-server")
        assert self.program, "Redis is missing (Debian: apt install redis-server)"
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._running: subprocess.Popen | None = None

    def start(self) -> None:
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with (self.folder / "redis.log").open("ab") as log:
            self._running = subprocess.Popen([self.program, *words], cwd=self.folder, stdout=log, stderr=log)
        wait_until(self._answers, what="Redis answers")

    def client(self) -> Redis:
        return Redis(port=self.port)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return client.ping()
        except RedisError:
            return False

    def kill(self) -> None:
        if self._running and self._running.poll() is None:
            self._running.kill()
            self._running.wait(10)
