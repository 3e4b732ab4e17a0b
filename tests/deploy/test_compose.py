"""docker-compose.yml and the Dockerfile: each part has the secrets of its own work, and production starts with them."""

import datetime as dt
import getpass
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from benchmarks import stage
from benchmarks.stage import PROJECT
from tests.blueheart.test_settings import SECRETS, in_files, start
from tests.deploy import image

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
WITH_BACKUPS = ["backup", "restore"]
APP = ["migrate", "web", "worker", *WITH_BACKUPS]
SERVICES = list(COMPOSE["services"])
LISTENS_NOWHERE = ["migrate", "worker", "stripe", *WITH_BACKUPS]
ENDS = ["migrate", "restore"]
PATH = {"PATH": os.defpath}
# `web` is a name on a network of containers, and nginx' account one of its image.
ON_THIS_MACHINE = {"APP": "127.0.0.1:8000", "NGINX_USER": getpass.getuser()}
MOUNTED = "/run/secrets/"


def secret_files(service: str) -> dict[str, str]:
    """The variables of a service that name a file, and the secret that is mounted there."""
    environment = COMPOSE["services"][service]["environment"]
    return {name: value.removeprefix(MOUNTED) for name, value in environment.items() if name.endswith("_FILE")}


@pytest.mark.parametrize("service", [*APP, "postgres"])
def test_each_service_has_the_secrets_that_it_reads_and_no_other(service):
    assert sorted(secret_files(service).values()) == sorted(COMPOSE["services"][service]["secrets"])


def test_only_migration_and_backups_know_the_owner():
    knowing = [
        name for name, service in COMPOSE["services"].items() if "database_owner_url" in service.get("secrets", [])
    ]

    assert knowing == ["migrate", *WITH_BACKUPS]


def test_no_secret_stands_in_the_environment():
    """`docker inspect` and every child process show the environment."""
    for service in COMPOSE["services"].values():
        assert not {name for name in service.get("environment", {}) if name in SECRETS or name.endswith("PASSWORD")}


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
    plain.pop("BACKUP_RECIPIENTS", None)  # compose takes it from .env

    started = start("PRODUCTION", **files, **plain, **of_env_file)

    assert started.stdout == "True\n", started.stderr


def test_image_is_built_with_settings_that_load():
    """collectstatic's line: nothing in it is a secret, and it must not be refused."""
    (line,) = re.findall(r"^RUN (SECRET_KEY=.*?)python manage\.py collectstatic", dockerfile(), re.M | re.S)
    values = dict(pair.split("=", 1) for pair in shlex.split(line.replace("\\\n", " ")))

    started = start("PRODUCTION", ENVIRONMENT="production", **values)

    assert started.stdout == "True\n", started.stderr


def test_file_is_what_compose_reads():
    """Against Compose's own schema, which comes with check-jsonschema."""
    checker = Path(sys.executable).with_name("check-jsonschema")
    checked = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", PROJECT / "docker-compose.yml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_process_of_ours_has_no_more_than_it_needs(service):
    made = COMPOSE["services"][service]

    assert (made["read_only"], made["cap_drop"], made["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert "cap_add" not in made
    assert set(made["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "/tmp" in made["tmpfs"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_process_comes_back_and_its_health_is_asked(service):
    made = COMPOSE["services"][service]

    assert made["restart"] == ("no" if service in ENDS else "unless-stopped")
    if service in LISTENS_NOWHERE:
        assert made["healthcheck"] == {"disable": True}
    elif service == "web":
        assert "healthcheck" not in made  # the image's own
        assert "HEALTHCHECK " in dockerfile()
    else:
        assert made["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_of_a_named_version(service):
    image_of_service = COMPOSE["services"][service]["image"]

    if service in APP:
        assert image_of_service == ("blueheart-backup" if service in WITH_BACKUPS else "blueheart")
    else:
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-|$)", image_of_service)


def test_processes_run_as_everywhere():
    """The web server by what the image says (test_web_server.py compares), the worker by its command."""
    assert "command" not in COMPOSE["services"]["web"]
    assert COMPOSE["services"]["worker"]["command"] == ["python", "manage.py", "work"]
    assert {"work", "migrate", "load_content"} <= set(get_commands())
    (step,) = [part for part in COMPOSE["services"]["migrate"]["command"] if "&&" in part]
    assert re.findall(r"python manage\.py (\w+)", step) == ["migrate", "load_content"]


def test_backups_are_made_each_day_by_a_process_that_sees_no_more_than_it_needs():
    made, way_back = (COMPOSE["services"][name] for name in WITH_BACKUPS)
    parser = load_command_class("office", "backup").create_parser("manage.py", "backup")

    assert made["command"][:3] == ["python", "manage.py", "backup"]
    assert parser.parse_args(made["command"][3:]).every == dt.timedelta(days=1)
    assert made["command"] == yaml.safe_load(image.steps("CMD", image.stages()["backup"])[0])
    assert made["networks"] == ["data"]  # PostgreSQL is there, and nobody else
    assert made["volumes"] == ["var:/app/var:ro", "backups:/backups", "scratch:/scratch"]
    assert made["stop_grace_period"] == "60s"
    assert made["init"] is True
    assert made["environment"]["TMPDIR"] == "/scratch"
    assert "postgres" not in made["depends_on"]  # the migration waits for it
    assert way_back["profiles"] == ["restore"]
    assert way_back["volumes"] == ["var:/app/var", "backups:/backups:ro", "scratch:/scratch"]
    assert "migrate" not in way_back["depends_on"]  # it would make tables where none may be


def test_only_nginx_is_seen_from_elsewhere():
    published = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}

    assert published == {"nginx": ["80:8080", "443:8443"], "mailpit": ["127.0.0.1:8025:8025"]}
    assert COMPOSE["services"]["mailpit"]["profiles"] == ["mail"]
    assert COMPOSE["services"]["stripe"]["profiles"] == ["stripe"]


def test_files_that_are_mounted_are_there():
    for service in COMPOSE["services"].values():
        for source, _colon, _target in (
            volume.partition(":") for volume in service.get("volumes", []) if ":" in volume
        ):
            assert not source.startswith("./") or (PROJECT / source).is_file()
    assert os.access(PROJECT / "deploy" / "nginx" / "names.envsh", os.X_OK)  # or the image's start leaves it out


def test_nginx_takes_the_configuration_as_compose_hands_it_over(tmp_path):
    made = COMPOSE["services"]["nginx"]
    environment = made["environment"] | ON_THIS_MACHINE
    environment |= {"ALLOWED_HOSTS": ".blueheart.example, www.blueheart.example", "FRONT": "tls", "ADMIN_PATH": "staff"}
    environment |= {name: str(tmp_path / name) for name in ("TLS_CERTIFICATE", "TLS_KEY", "CACHE_DIR")}
    certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    certificate += ["-subj", "/CN=a", "-keyout", environment["TLS_KEY"], "-out", environment["TLS_CERTIFICATE"]]
    subprocess.run(certificate, check=True, capture_output=True)
    (tmp_path / "CACHE_DIR").mkdir()
    mounted = [volume.split(":") for volume in made["volumes"] if ".template:" in volume]
    sources = {target.removeprefix("/etc/nginx/templates/"): PROJECT / source for source, target, _ro in mounted}

    folder = filled_in(tmp_path / "nginx", sources, environment)

    assert checked_nginx(folder) == ""
    written = "".join(path.read_text() for path in folder.rglob("*.conf"))
    assert re.findall(r"\$\{[A-Z_]+\}", written) == []
    assert "server_name .blueheart.example  www.blueheart.example;" in written
    assert "proxy_set_header Host blueheart.example;" in written


def filled_in(folder: Path, sources: dict[str, Path], environment: dict[str, str]) -> Path:
    """The templates as the start of nginx's image fills them in: by `envsubst`, with what is in the environment."""
    assert shutil.which("envsubst"), "envsubst is missing (Debian: apt install gettext-base)"
    names = PROJECT / "deploy" / "nginx" / "names.envsh"
    fill_in = f'. {names}; envsubst "$(env | sed "s/=.*//; s/.*/\\${{&}}/" | tr "\\n" " ")"'
    for name, source in sources.items():
        path = folder / name.removesuffix(".template")
        path.parent.mkdir(parents=True, exist_ok=True)
        with source.open() as template, path.open("w") as written:
            subprocess.run(["sh", "-c", fill_in], stdin=template, stdout=written, env=PATH | environment, check=True)
    return folder


def checked_nginx(folder: Path) -> str:
    """What nginx has against a configuration; nothing where it takes it."""
    command = [stage.tool("nginx", "nginx"), "-t", "-q", "-p", folder, "-c", folder / "nginx.conf"]
    command += ["-g", f"pid {folder}/pid;"]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    return checked.stderr if checked.returncode else ""


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
