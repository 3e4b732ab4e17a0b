"""The image has what runs and nothing else; `make image-check` goes through its steps for real."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from benchmarks.stage import PROJECT
from tests.deploy import image


def test_dockerfile_is_as_hadolint_wants_it():
    checked = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--failure-threshold", "style", image.DOCKERFILE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout) == (0, "")


def test_image_takes_what_runs_and_no_more():
    taken = {path.relative_to(PROJECT).parts[0] for path in image.in_the_image()}

    ours = {app.partition(".")[0] for app in settings.INSTALLED_APPS if (PROJECT / app.partition(".")[0]).is_dir()}
    files = {"LICENSE", "manage.py", "pyproject.toml"}  # backups say of which release they are
    files |= {"requirements.txt", "requirements-optional.txt"}
    assert taken == ours | files | {"locale", "static", "templates"}


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        "secrets/secret_key",
        "var/media/photo.jpg",
        "tests/conftest.py",
        "benchmarks/stage.py",
        "docs/operating.md",
        "node_modules/axe-core/axe.js",
        ".venv/bin/python",
        ".git/config",
        "requirements-dev.txt",
        "stripe_sandbox/__main__.py",
        "a-folder-of-tomorrow/file.py",
        "office/__pycache__/urls.cpython-311.pyc",
        "office/urls.pyc",
    ],
)
def test_image_does_not_take(name):
    assert not image.is_taken(name)


def test_no_stage_that_runs_has_a_compiler_or_pip():
    first, *running = image.stages().values()

    assert "pip --python /venv/bin/python install" in first
    assert [line for text in running for line in text.splitlines() if "apt-get" in line or "pip install" in line] == []
    assert any("pip uninstall" in step for step in image.steps("RUN", image.stages()["built"]))
    assert image.steps("COPY") == [
        *("requirements.txt requirements-optional.txt ./", "--from=packages /venv /venv", ". ."),
        *(f"--from=built {part} {part}" for part in ("/usr/local", "/venv", "/app")),
    ]


def test_only_wheels_of_the_lock_are_installed():
    (install,) = [step for step in image.steps("RUN") if " install --" in step]

    wanted = ["--require-hashes", "--no-deps", "--only-binary :all:"]
    wanted += ["-r requirements.txt", "-r requirements-optional.txt"]
    assert [option for option in wanted if option not in install] == []


def test_stages_begin_with_the_same_python_and_with_the_servers_postgresql():
    """Backups are made by programs of the server's version; older ones cannot read what a newer server has."""
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    bases = [step.partition(" AS ")[0] for step in image.steps("FROM")]
    packages, built, backup, last = bases

    assert (packages, last) == (built, "built")
    assert built.startswith("python:3.11.")
    assert backup == compose["services"]["postgres"]["image"]
    assert compose["services"]["backup"]["build"]["target"] == "backup"
    assert {base.rpartition("-")[2] for base in (built, backup)} == {"bookworm"}  # one libc for what is copied


def test_process_is_nobody_special_and_named_by_number():
    """Kubernetes' runAsNonRoot refuses an image whose user is a name."""
    stages = image.stages()

    assert [image.steps("USER", stages[name]) for name in ("backup", "")] == [["10001:10001"]] * 2
