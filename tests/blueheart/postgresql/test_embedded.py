import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from blueheart.postgresql.cluster import is_open_to_others
from tests.blueheart.postgresql.conftest import KINDS, is_alive, wait_until

NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's cluster is what the other tests use")


def pretend_binaries(folder, major):
    folder.mkdir()
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.1'\n")
        (folder / name).chmod(0o755)
    return folder


def ordinary_python():
    """A Python that an ordinary user may run: this one may lie below /root."""
    return [*NOBODY, next(python for python in (sys.executable, "/usr/bin/python3") if is_open_to_others(Path(python)))]


def copy_of_wheel(folder):
    """Copy the wheel's server below `folder`, with the layout by which it finds its libraries; returns its programs."""
    wheel = KINDS["wheel"].parents[1]
    unneeded = shutil.ignore_patterns("include", "pgxs", "*.a")
    for part in (KINDS["wheel"].parent, wheel.with_name(f"{wheel.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.relative_to(wheel.parent), symlinks=True, ignore=unneeded)
    return folder / KINDS["wheel"].relative_to(wheel.parent)


def test_first_user_starts_the_server_and_the_next_ones_attach(new_checkout, each_bindir):
    checkout = new_checkout(each_bindir)
    first, second = checkout.user(), checkout.user()

    first.ask("CREATE TABLE heart (colour text); INSERT INTO heart VALUES ('blue')")
    started = checkout.postmaster()

    assert second.ask("SELECT colour FROM heart") == "blue"
    assert checkout.postmaster() == started
    assert second.ask("SHOW listen_addresses") == ""
    assert second.ask("SHOW recovery_init_sync_method") == ("syncfs" if sys.platform == "linux" else "fsync")
    assert second.ask("SELECT lower('ЖÉ'), to_tsvector('russian', 'Синие Сердца')") == "жé|'сердц':2 'син':1"
    assert checkout.cluster.run.stat().st_mode & 0o777 == 0o700


def test_server_stops_when_its_only_user_is_killed(new_checkout, each_bindir):
    checkout = new_checkout(each_bindir)
    user = checkout.user()
    user.ask("SELECT 1")
    server, supervisor = checkout.postmaster(), checkout.supervisor()

    user.kill()

    wait_until(lambda: not (is_alive(server) or is_alive(supervisor) or checkout.cluster.has_living_server()), 5)


def test_server_stops_with_its_supervisor_and_the_next_connection_restarts_it(new_checkout, each_bindir):
    checkout = new_checkout(each_bindir)
    user = checkout.user()
    user.ask("CREATE TABLE heart AS SELECT * FROM generate_series(1, 1000)")
    server = checkout.postmaster()

    os.kill(checkout.supervisor(), signal.SIGKILL)

    wait_until(lambda: not is_alive(server), 5)
    assert user.ask("SELECT count(*) FROM heart") == "1000"


@pytest.mark.parametrize("recorded_pid", ["as left", "of a living process", "none"])
def test_server_recovers_when_everything_was_killed_at_once(checkout, recorded_pid):
    user = checkout.user()
    user.ask("CREATE TABLE heart AS SELECT * FROM generate_series(1, 1000)")
    user.kill()
    for pid in (checkout.supervisor(), checkout.postmaster()):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not checkout.cluster.has_living_server())
    if recorded_pid != "as left":
        _, *others = checkout.cluster.pidfile.read_text().split("\n")
        pid = str(os.getpid()) if recorded_pid == "of a living process" else ""
        checkout.cluster.pidfile.write_text("\n".join([pid, *others]))

    assert checkout.user().ask("SELECT count(*) FROM heart") == "1000"


def test_eight_users_at_once_share_one_cluster(new_checkout):
    checkout = new_checkout(next(iter(KINDS.values())))
    users = [checkout.user() for _ in range(8)]
    for user in users:
        user.stdin.write("SELECT pg_postmaster_start_time(), system_identifier FROM pg_control_system()\n")
        user.stdin.flush()

    assert len({user.stdout.readline() for user in users}) == 1
    assert checkout.cluster.log.read_text().count("initialized by initdb") <= 1
    assert checkout.cluster.log.read_text().count("Success. You can now start") == 1


def test_users_own_variables_and_umask_do_not_matter(checkout):
    odd = {"LANG": "xx_YY.UTF-8", "LC_ALL": "xx_YY", "PGPORT": "1", "PGDATA": "/nowhere", "PGOPTIONS": "-c x=y"}
    mask = ["/bin/sh", "-c", 'umask 077; exec "$0" "$@"', sys.executable]

    assert checkout.user(command=mask, **odd).ask("SHOW server_encoding") == "UTF8"


def test_var_dir_holds_the_cluster(checkout):
    checkout.home = checkout.folder / "elsewhere" / "pg"

    assert checkout.user(VAR_DIR=str(checkout.folder / "elsewhere")).ask("SELECT 1") == "1"
    assert checkout.cluster.data == checkout.home / "data"


def test_ordinary_user_has_a_cluster_and_root_may_use_it(checkout, bindir):
    command = ordinary_python() if os.geteuid() == 0 else [sys.executable]
    if not is_open_to_others(bindir):  # the wheel, in a .venv below /root
        checkout.bindir = copy_of_wheel(checkout.folder / "binaries")
    shutil.chown(checkout.folder, user="nobody") if os.geteuid() == 0 else None
    checkout.user(command=command).ask("CREATE TABLE heart AS SELECT 1")
    owner = checkout.cluster.data.owner()

    assert checkout.user().ask("SELECT count(*) FROM heart") == "1"
    assert Path(f"/proc/{checkout.postmaster()}").owner() == owner


@only_root
def test_root_in_a_closed_folder_leaves_it_closed(new_checkout, each_bindir):
    checkout = new_checkout(each_bindir)
    checkout.folder.chmod(0o700)

    user = checkout.user()

    assert user.ask("SELECT 1") == "1"
    assert checkout.folder.stat().st_mode & 0o777 == 0o700
    assert Path(f"/proc/{checkout.postmaster()}").owner() in {"postgres", "nobody"}
    assert checkout.user().ask("SELECT 1") == "1"


@only_root
@pytest.mark.skipif("wheel" not in KINDS, reason="the wheel is not installed")
def test_root_runs_a_copy_of_a_wheel_that_others_cannot_reach(checkout):
    closed = checkout.folder / ".venv"
    checkout.bindir = copy_of_wheel(closed)
    closed.chmod(0o700)

    assert checkout.user().ask("SELECT 1") == "1"
    assert str(Path(f"/proc/{checkout.postmaster()}/exe").readlink()).startswith(f"{checkout.cluster.base}/binaries-")


@only_root
def test_cluster_of_root_says_so_to_an_ordinary_user(checkout):
    checkout.user().ask("SELECT 1")

    complaint = checkout.user(command=ordinary_python()).complaint()

    assert complaint == (
        f"{checkout.cluster.data}/PG_VERSION belongs to another user (root?): run as that user, or remove "
        f"{checkout.home}, or set EMBEDDED_PG_DIR or DATABASE_URL."
    )


def test_cluster_of_another_major_is_never_replaced(checkout):
    checkout.bindir = pretend_binaries(checkout.folder / "bin", 99)
    data = checkout.home / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")

    assert checkout.user().complaint() == (
        f"The database in {data} was made by PostgreSQL 15, but the versions found here are: 99. Install "
        "PostgreSQL 15, or dump with it and restore into a new cluster, or set DATABASE_URL."
    )
    assert sorted(path.name for path in data.iterdir()) == ["PG_VERSION"]


@pytest.mark.parametrize("major", [None, 14])
def test_missing_or_old_postgresql_says_what_to_do(checkout, major):
    checkout.bindir = pretend_binaries(checkout.folder / "bin", major) if major else "/nonexistent"

    assert checkout.user().complaint() == (
        "No PostgreSQL server of version 15 or newer was found: install PostgreSQL from your distribution "
        "(apt install postgresql), or run `pip install -r requirements-local.txt`, or set DATABASE_URL."
    )


def test_lost_cluster_is_not_silently_replaced(checkout):
    checkout.home.mkdir(parents=True)
    (checkout.home / "cluster").write_text("data\n")

    assert checkout.user().complaint() == (
        f"{checkout.home}/cluster says that the database is in {checkout.home}/data, but it is not there: "
        f"bring it back, or remove {checkout.home}/cluster to start with an empty one."
    )


@pytest.mark.parametrize("name", ["a,b", "long" * 20])
def test_path_that_postgresql_cannot_use_says_so(new_checkout, bindir, name):
    checkout = new_checkout(bindir, name)

    assert checkout.user().complaint() == (
        f"{checkout.home}/data is too long for a Unix socket, or has a comma: set EMBEDDED_PG_DIR to another folder."
    )


def test_server_that_cannot_start_names_the_reason(checkout):
    checkout.user().ask("SELECT 1")
    os.kill(checkout.supervisor(), signal.SIGKILL)
    wait_until(lambda: not checkout.cluster.has_living_server())
    with (checkout.cluster.data / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = blue\n")

    complaint = checkout.user().complaint()

    assert complaint.startswith("PostgreSQL did not start: ")
    assert complaint.endswith(f"contains errors (see {checkout.cluster.log})")
    assert "\n" not in complaint
