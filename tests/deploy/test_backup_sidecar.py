"""docker-compose.yml's `backup`, run as the process that it is: it makes one that is true, and stops when asked."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from benchmarks.stage import PROJECT
from blueheart.postgresql.cluster import APPLICATION_ROLE, ROLE
from office.backups import archive, keeping, keys
from tests.blueheart.test_settings import PRODUCTION, SECRETS, in_files
from tests.deploy.test_compose import COMPOSE, secret_files
from tests.security import test_database_roles as signing_in

granted = signing_in.granted

MADE = COMPOSE["services"]["backup"]
SECONDS = 240  # on a busy machine


@pytest.fixture
def place():
    """A folder that PostgreSQL's own account may pass, where tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="bh"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def sidecar(granted, place, tmp_path):
    """The process, as compose starts it, and what it says."""
    for name in ("backups", "scratch", "var"):
        (place / name).mkdir()
        (place / name).chmod(0o711)
    keys.make(tmp_path / "ada.key")
    made = (
        PRODUCTION
        | SECRETS
        | {
            "DATABASE_URL": signing_in.address(APPLICATION_ROLE),
            "DATABASE_OWNER_URL": signing_in.address(ROLE),
        }
    )
    secrets = {name.removesuffix("_FILE"): "" for name in secret_files("backup")}
    plain = {name: value for name, value in MADE["environment"].items() if not name.endswith("_FILE")}
    environment = {name: value for name, value in made.items() if name not in secrets} | plain
    environment |= in_files(tmp_path, {name: made[name] for name in secrets})
    environment |= {"PATH": os.defpath, "PYTHONUNBUFFERED": "1"}  # as the image
    environment |= {name: os.environ[name] for name in ("EMBEDDED_PG_BINDIR",) if name in os.environ}
    environment |= {
        "BACKUP_DIR": str(place / "backups"),
        "TMPDIR": str(place / "scratch"),
        "VAR_DIR": str(place / "var"),
        "BACKUP_RECIPIENTS": str(keys.identities(tmp_path / "ada.key")[0].to_public()),
    }
    with (place / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, *MADE["command"][1:]], cwd=PROJECT, env=environment, stdout=said, stderr=said
        )
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def until(found, process, place):
    """Wait for it, as long as the process lives."""
    deadline = time.monotonic() + SECONDS
    while not (answer := found()):
        said = (place / "said").read_text()
        goes_on = process.poll() is None and "failed" not in said
        assert goes_on, said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    return answer


def test_a_backup_that_was_found_true_lies_there_and_the_process_stops_when_asked(sidecar, place, tmp_path):
    until(lambda: ".backup\n" in (place / "said").read_text(), sidecar, place)
    (kept,) = keeping.kept_in(place / "backups")
    assert kept.is_checked
    assert not list((place / "scratch").iterdir())  # nobody's rows are left where it was tried

    sidecar.send_signal(signal.SIGTERM)
    assert sidecar.wait(timeout=60) == 0

    said = (place / "said").read_text().splitlines()
    assert said[-2:] == [str(kept.path), "Stopped."]
    found = archive.read(kept.path, keys.identities(tmp_path / "ada.key"))
    assert found.rows["django_migrations"] > 0
    assert not list((place / "var").iterdir())  # compose mounts it so that nothing can be written there


def test_stopped_in_the_middle_it_leaves_neither_a_server_nor_anybodys_rows(sidecar, place):
    until(lambda: "Trying it in a scratch server" in (place / "said").read_text(), sidecar, place)
    until(lambda: list((place / "scratch").glob("*/**/postmaster.pid")), sidecar, place)

    sidecar.send_signal(signal.SIGTERM)

    assert sidecar.wait(timeout=60) == 0
    assert not list((place / "scratch").iterdir())
    assert (place / "said").read_text().splitlines()[-1] == "Stopped."
    (kept,) = keeping.kept_in(place / "backups")
    assert not kept.is_checked
