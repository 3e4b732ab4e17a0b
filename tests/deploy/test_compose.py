"""docker-compose.yml and the Dockerfile: each part has the secrets of its own work, and production starts with them."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from benchmarks.stage import PROJECT
from tests.blueheart.test_settings import SECRETS, in_files, start
from tests.deploy import image

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
APP = ["migrate", "web", "worker"]
MOUNTED = "/run/secrets/"


def secret_files(service: str) -> dict[str, str]:
    """The variables of a service that name a file, and the secret that is mounted there."""
    environment = COMPOSE["services"][service]["environment"]
    return {name: value.removeprefix(MOUNTED) for name, value in environment.items() if name.endswith("_FILE")}


@pytest.mark.parametrize("service", [*APP, "postgres"])
def test_each_service_has_the_secrets_that_it_reads_and_no_other(service):
    assert sorted(secret_files(service).values()) == sorted(COMPOSE["services"][service]["secrets"])


def test_only_the_migration_knows_the_owner():
    knowing = [name for name, service in COMPOSE["services"].items() if "database_owner_url" in service["secrets"]]

    assert knowing == ["migrate"]


def test_no_secret_stands_in_the_environment():
    """`docker inspect` and every child process show the environment."""
    for service in COMPOSE["services"].values():
        assert not {name for name in service["environment"] if name in SECRETS or name.endswith("PASSWORD")}


@pytest.mark.parametrize("service", APP)
def test_production_starts_with_what_the_service_has(tmp_path, service):
    made = SECRETS | {
        "DATABASE_URL": "postgres://blueheart_app:a-password@postgres/blueheart",
        "DATABASE_OWNER_URL": "postgres://blueheart:another@postgres/blueheart",
    }
    files = in_files(
        tmp_path, {name.removesuffix("_FILE"): made[name.removesuffix("_FILE")] for name in secret_files(service)}
    )
    plain = {
        name: value for name, value in COMPOSE["services"][service]["environment"].items() if not name.endswith("_FILE")
    }
    of_env_file = {
        "SITE_URL": "https://blueheart.example",
        "ALLOWED_HOSTS": "blueheart.example",
        "DEFAULT_FROM_EMAIL": "hello@blueheart.example",
    }

    started = start("PRODUCTION", **files, **plain, **of_env_file)

    assert started.stdout == "True\n", started.stderr


def test_image_is_built_with_settings_that_load():
    """collectstatic's line: nothing in it is a secret, and it must not be refused."""
    (line,) = re.findall(r"^RUN (SECRET_KEY=.*?)python manage\.py collectstatic", dockerfile(), re.M | re.S)
    values = dict(pair.split("=", 1) for pair in shlex.split(line.replace("\\\n", " ")))

    started = start("PRODUCTION", ENVIRONMENT="production", **values)

    assert started.stdout == "True\n", started.stderr


@pytest.mark.parametrize("service", APP)
def test_a_process_of_ours_has_no_more_than_it_needs(service):
    made = COMPOSE["services"][service]

    assert (made["read_only"], made["cap_drop"], made["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])


def test_postgresql_is_on_a_network_of_its_own():
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert COMPOSE["services"]["postgres"]["networks"] == ["data"]
    assert "ports" not in COMPOSE["services"]["postgres"]


def test_secrets_come_into_neither_the_image_nor_the_repository():
    ignored = subprocess.run(["git", "check-ignore", "-q", "secrets/secret_key"], cwd=PROJECT, check=False)

    assert ignored.returncode == 0
    assert not image.is_taken("secrets/secret_key")
    assert not image.is_taken(".env")


def dockerfile() -> str:
    return Path(PROJECT / "Dockerfile").read_text()
