import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "bootstrap"


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose path has a blank, with requirements that need no network."""
    folder = tmp_path / "blue heart"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(SCRIPT, folder / "scripts")
    (folder / "requirements.txt").write_text("# nothing\n")
    return folder


@pytest.fixture
def fake_python(tmp_path):
    """Put a `python3` that behaves as told before the tools that the script needs, and hide all other Pythons."""
    binaries = tmp_path / "bin"
    binaries.mkdir()
    for tool in ("dirname", "cksum", "grep", "rm", "tail"):
        (binaries / tool).symlink_to(shutil.which(tool))

    def make(text, name="python3"):
        (binaries / name).write_text(f"#!/bin/sh\n{text}\n")
        (binaries / name).chmod(0o755)
        return {"PATH": str(binaries)}

    return make


def bootstrap(checkout, environment, *arguments, umask=-1):
    return subprocess.run(
        ["/bin/sh", "scripts/bootstrap", *(arguments or ["requirements.txt"])],
        cwd=checkout,
        env=environment,
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_python_says_what_to_install(checkout, fake_python):
    done = bootstrap(checkout, fake_python("", name="perl"))

    assert done.returncode == 1
    assert done.stderr == (
        "Blue Heart needs Python 3.11 or newer, found none: install one (apt install python3 python3-venv), "
        "or set PYTHON to it.\n"
    )


def test_old_python_says_what_to_install(checkout, fake_python):
    done = bootstrap(checkout, fake_python('[ "$1" = --version ] && echo Python 3.9.2 || exit 1'))

    assert done.returncode == 1
    assert done.stderr == (
        "Blue Heart needs Python 3.11 or newer, found Python 3.9.2: install one (apt install python3 python3-venv), "
        "or set PYTHON to it.\n"
    )
    assert not (checkout / ".venv").exists()


def test_bare_python_of_debian_says_what_to_install(checkout, fake_python):
    done = bootstrap(checkout, fake_python('case "$2" in *ensurepip*) exit 1 ;; esac'))

    assert done.returncode == 1
    assert done.stderr == (
        "python3 cannot make virtual environments: install python3-venv (apt install python3-venv).\n"
    )
    assert not (checkout / ".venv").exists()


def test_half_made_environment_is_removed(checkout, fake_python):
    half = 'if [ "$2" = venv ]; then /bin/mkdir -p .venv/bin; echo "no room left"; exit 1; fi'

    done = bootstrap(checkout, fake_python(half))

    assert done.returncode == 1
    assert done.stderr.endswith("could not make .venv: no room left (apt install python3-venv may help).\n")
    assert not (checkout / ".venv").exists()


def test_environment_is_made_once_installed_again_only_after_a_change_and_never_without_hashes(checkout):
    environment = {"PATH": os.defpath, "PYTHON": sys.executable}

    first = bootstrap(checkout, environment, umask=0o077)
    second = bootstrap(checkout, environment)
    (checkout / "requirements.txt").write_text("# still nothing\n")
    third = bootstrap(checkout, environment)
    (checkout / "requirements.txt").write_text("django\n")
    without_a_hash = [bootstrap(checkout, environment) for _try in range(2)]

    assert [done.returncode for done in (first, second, third)] == [0, 0, 0]
    assert "Making .venv with Python 3." in first.stderr
    assert second.stderr == ""
    assert third.stderr.splitlines()[0] == "Installing what requirements.txt list …"  # pip may warn of its cache
    assert [done.returncode for done in without_a_hash] == [1, 1]  # tried again, as it is not installed
    assert all("--require-hashes mode" in done.stderr for done in without_a_hash)


def test_tools_get_an_environment_of_their_own_and_leave_the_portals_alone(checkout):
    environment = {"PATH": os.defpath, "PYTHON": sys.executable}

    done = [bootstrap(checkout, environment, "--into", ".venv-audit", "requirements.txt") for _try in range(2)]

    assert [each.returncode for each in done] == [0, 0]
    assert done[0].stderr.startswith("Making .venv-audit with Python 3.")
    assert done[1].stderr == ""
    assert (checkout / ".venv-audit" / ".installed").exists()
    assert not (checkout / ".venv").exists()
