"""The image has what runs and nothing else; `make image-check` goes through its steps for real."""

import subprocess
import sys
from pathlib import Path

import pytest
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
    assert taken == ours | {"LICENSE", "manage.py", "requirements.txt", "locale", "static", "templates"}


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


def test_last_stage_has_neither_a_compiler_nor_pip():
    assert not [line for line in image.last_stage().splitlines() if "apt-get" in line or "pip install" in line]
    assert any("pip uninstall" in step for step in image.steps("RUN"))
    assert image.steps("COPY") == ["requirements.txt .", "--from=packages /venv /venv", ". ."]


def test_only_wheels_of_the_lock_are_installed():
    (install,) = [step for step in image.steps("RUN") if " install --" in step]

    wanted = ["--require-hashes", "--no-deps", "--only-binary :all:", "-r requirements.txt"]
    assert [option for option in wanted if option not in install] == []


def test_every_stage_begins_with_the_same_python_of_a_named_version():
    bases = {step.partition(" AS ")[0] for step in image.steps("FROM")}

    assert len(bases) == 1
    assert bases.pop().startswith("python:3.11.")


def test_process_is_nobody_special_and_named_by_number():
    """Kubernetes' runAsNonRoot refuses an image whose user is a name."""
    assert image.steps("USER") == ["10001:10001"]
