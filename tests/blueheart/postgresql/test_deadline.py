import os
import resource
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from blueheart.postgresql import deadline


@pytest.fixture
def with_deadline():
    deadline.install(1)
    yield
    deadline.install(None)


@pytest.fixture
def connect(running):
    opened = []

    def new():
        opened.append(
            psycopg2.connect(host=str(running.cluster.run), port="5432", user="blueheart", dbname="blueheart")
        )
        return opened[-1]

    yield new
    for connection in opened:
        connection.close()


def answer(connection, sql="SELECT 42"):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_frozen_backend_is_given_up_at_the_deadline(with_deadline, connect, freeze):
    connection = connect()
    freeze(connection.info.backend_pid)
    asked = time.monotonic()

    with pytest.raises(psycopg2.OperationalError, match=r"^the database did not answer within 1 s$"):
        answer(connection)

    assert 0.9 < time.monotonic() - asked < 3
    assert connection.closed
    assert answer(connect()) == 42


def test_frozen_server_is_given_up_while_connecting(with_deadline, connect, running, freeze):
    freeze(running.postmaster())
    asked = time.monotonic()

    with pytest.raises(psycopg2.OperationalError, match="did not answer"):
        connect()

    assert 0.9 < time.monotonic() - asked < 3


def test_other_threads_go_on_while_one_waits_for_a_frozen_backend(with_deadline, connect, freeze):
    connections = [connect() for _ in range(6)]
    freeze(connections[0].info.backend_pid)
    outcomes = {}

    def work(number):
        try:
            outcomes[number] = sum(answer(connections[number], "SELECT 1 FROM pg_sleep(0.01)") for _ in range(20))
        except psycopg2.OperationalError:
            outcomes[number] = "gave up"

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == {0: "gave up", 1: 20, 2: 20, 3: 20, 4: 20, 5: 20}


def test_descriptor_above_1023_is_waited_for(with_deadline, connect):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    descriptors = [os.open(os.devnull, os.O_RDONLY)]
    try:
        while descriptors[-1] < 1100:
            descriptors.append(os.dup(descriptors[0]))
        connection = connect()
        assert connection.fileno() > 1023
        assert answer(connection) == 42
        connection.close()
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_signal_neither_breaks_nor_prolongs_the_wait(with_deadline, connect, freeze):
    connection = connect()
    rings = []
    before = signal.signal(signal.SIGALRM, lambda *_: rings.append(time.monotonic()))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        assert answer(connection, "SELECT 42 FROM pg_sleep(0.3)") == 42
        freeze(connection.info.backend_pid)
        asked = time.monotonic()
        with pytest.raises(psycopg2.OperationalError, match="did not answer"):
            answer(connection)
        assert time.monotonic() - asked < 3
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(rings) > 10


def test_one_thread_tries_a_frozen_server_while_all_others_are_told_at_once(with_deadline, connect, running, freeze):
    """Else each visitor would hold a thread of the web server for the whole deadline, and the next ones wait behind."""

    def visit(_number):
        asked = time.monotonic()
        try:
            with deadline.connecting():
                connect()
        except psycopg2.OperationalError as error:
            return str(error), time.monotonic() - asked
        return "connected", time.monotonic() - asked

    freeze(running.postmaster())
    assert "within 1 s" in visit(0)[0]
    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(visit, range(6)), key=lambda answer: answer[1])
    os.kill(running.postmaster(), signal.SIGCONT)

    assert [told for told, _seconds in answers] == [
        *["the database did not answer a moment ago"] * 5, "the database did not answer within 1 s"
    ]  # fmt: skip
    assert answers[4][1] < 0.5
    assert visit(0)[0] == "connected"
    with ThreadPoolExecutor(6) as pool:
        assert {told for told, _seconds in pool.map(visit, range(6))} == {"connected"}


def test_server_gives_up_a_little_before_the_client():
    assert deadline.server_timeouts(5) == "-c lock_timeout=4000 -c statement_timeout=4500"
    assert deadline.server_timeouts(60) == "-c lock_timeout=48000 -c statement_timeout=54000"
    assert deadline.server_timeouts(None) == ""
