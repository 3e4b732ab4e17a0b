"""deploy/nginx before two web servers, one of which dies: readers do not notice, and nothing is sent in twice."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from benchmarks import nginx
from tests.deploy.conftest import App, _front


class Dying:
    """Takes each request as a web server does, and dies before it has said a word of an answer."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.heard: list[bytes] = []
        self.thread = threading.Thread(target=self._hear)
        self.thread.start()

    def _hear(self) -> None:
        with contextlib.suppress(OSError):  # it was closed
            while True:
                line, _from = self.listening.accept()
                with line:
                    self.heard.append(line.recv(65536))

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()


@pytest.fixture
def other() -> Iterator[App]:
    app = App()
    yield app
    app.close()


@pytest.fixture
def dying() -> Iterator[Dying]:
    dying = Dying()
    yield dying
    dying.close()


@contextlib.contextmanager
def front_of(app, second_port, tmp_path, monkeypatch):
    """nginx with a second web server, as its README.md says."""
    written, readme = nginx.written, (nginx.CONFIGURATION / "README.md").read_text()
    example = "server 127.0.0.1:8001 max_fails=3 fail_timeout=3s;"
    assert f"```nginx\n{example}\n```" in readme

    def with_another(folder, values):
        main = written(folder, values)
        (folder / "optional").mkdir(exist_ok=True)
        (folder / "optional" / "app-more.conf").write_text(example.replace("8001", str(second_port)))
        return main

    monkeypatch.setattr(nginx, "written", with_another)
    with _front(app, tmp_path, monkeypatch) as front:
        yield front


def test_two_share_the_work_and_one_does_all_of_it_when_the_other_is_gone(app, other, tmp_path, monkeypatch):
    with front_of(app, other.server_port, tmp_path, monkeypatch) as front:
        read = [front.ask(f"/en/{number}/").status for number in range(20)]
        shared = [sum(each.asked.values()) for each in (app, other)]

        app.close()
        answers = [
            front.ask(f"/en/{number}/", method, b"").status for number in range(20) for method in ("GET", "POST")
        ]

    assert read == [200] * 20
    assert min(shared) >= 8
    assert answers == [200] * 40


def test_reader_of_one_that_dies_is_answered_by_the_other_and_a_form_is_not_sent_twice(
    app, dying, tmp_path, monkeypatch
):
    """Whether a form was counted before its server died, nginx cannot know: who sent it may press once more."""
    with front_of(app, dying.port, tmp_path, monkeypatch) as front:
        read = [front.ask(f"/en/{number}/").status for number in range(6)]
        heard_of_readers = len(dying.heard)
        sent = [front.ask("/en/donate/", "POST", b"a=b").status for _ in range(30)]

    assert read == [200] * 6
    assert heard_of_readers > 0
    assert sorted(set(sent)) == [200, 502]
    assert len(dying.heard) - heard_of_readers == sent.count(502)
    assert app.asked["/en/donate/"] == sent.count(200)
