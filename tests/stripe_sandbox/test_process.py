"""The process: its port, its state, its end."""

import os
import signal
import subprocess
import sys
import time

from tests.stripe_sandbox.desk import ROOT, Running, eventually


def test_state_and_ids_outlive_a_restart(tmp_path):
    running = Running("--state-dir", str(tmp_path), "--seed", "7")
    session = running.session()
    running.pay(session)
    running.settle(5000)
    before = running.control("truth")
    running.process.kill()
    running.stop()

    running = Running("--state-dir", str(tmp_path), "--seed", "7")
    after = running.control("truth")
    fresh = running.session()

    assert after["now"] >= before["now"]
    assert {name: each for name, each in after.items() if name != "now"} == {
        name: each for name, each in before.items() if name != "now"
    }
    issued = {each["id"] for kind in before.values() if isinstance(kind, list) for each in kind}
    assert fresh.id not in issued
    assert running.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    running.stop()


def test_an_idempotency_key_outlives_a_restart(tmp_path):
    running = Running("--state-dir", str(tmp_path))
    first = running.call("POST", "/v1/customers", "name=Dora", Idempotency_Key="a")
    running.process.kill()
    running.stop()
    running = Running("--state-dir", str(tmp_path))
    again = running.call("POST", "/v1/customers", "name=Dora", Idempotency_Key="a")
    assert (again[2], again[1]["Idempotent-Replayed"]) == (first[2], "true")
    running.stop()


def test_memory_keeps_nothing_and_a_seed_repeats_ids(tmp_path):
    ids = []
    for _ in range(2):
        running = Running("--memory", "--seed", "7")
        assert running.v1.customers.list().data == []
        ids.append(running.v1.customers.create({"name": "Dora"}).id)
        running.stop()
    running = Running("--memory")
    ids.append(running.v1.customers.create({"name": "Dora"}).id)
    running.stop()
    assert ids[0] == ids[1] != ids[2]
    assert list(tmp_path.iterdir()) == []


def one_line(*options):
    command = [sys.executable, "-m", "stripe_sandbox", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_taken_port_is_said_in_one_line():
    running = Running("--memory")
    port = running.base.rsplit(":", 1)[1]
    assert one_line("--port", port, "--memory") == (
        1,
        f"The Stripe sandbox cannot start: port {port} on 127.0.0.1 is taken.\n",
    )
    running.stop()


def test_a_state_is_used_by_one_sandbox(tmp_path):
    running = Running("--state-dir", str(tmp_path))
    code, line = one_line("--port", "0", "--state-dir", str(tmp_path))
    assert (code, line.count("\n")) == (1, 1)
    assert "another one uses" in line
    running.stop()


def test_a_webhook_elsewhere_is_refused():
    code, lines = one_line("--port", "0", "--memory", "--webhook-url", "http://example.org/", "--webhook-secret", "s")
    assert code == 2
    assert "on this machine" in lines


def test_it_starts_in_less_than_a_second_and_stops_when_told():
    for number in (signal.SIGTERM, signal.SIGINT):
        begun = time.monotonic()
        running = Running("--memory")
        assert time.monotonic() - begun < 1.5
        running.process.send_signal(number)
        assert running.process.wait(5) == 0
        running.stop()


PARENT = """
import subprocess, sys, time
command = [sys.executable, "-m", "stripe_sandbox", "--port", "0", "--memory", "--die-with-parent"]
child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_when_its_parent_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: is_gone(child))


def test_it_does_not_begin_when_its_parent_is_already_gone():
    assert one_line("--port", "0", "--memory", "--die-with-parent", "1") == (1, "")


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{pid}/stat") as status:
        return status.read().rsplit(")", 1)[1].split()[0] == "Z"


IMPORTED = """
import sys
sys.path.insert(0, sys.argv[1])
import stripe_sandbox.__main__
names = {name.partition(".")[0] for name in sys.modules}
print(sorted(names - set(sys.stdlib_module_names) - {"__main__", "stripe_sandbox"}))
"""


def test_it_needs_the_standard_library_only():
    command = [sys.executable, "-I", "-S", "-c", IMPORTED, str(ROOT)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "[]"
