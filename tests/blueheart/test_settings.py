"""Development needs no settings; production starts with nothing missing, nothing weak and nothing live."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SITE_URL": "https://blueheart.example",
    "ALLOWED_HOSTS": "blueheart.example",
    "SECRET_KEY": "fJ3-a9_kLm0Qz7TtYxW2vB8nRcD5sEgHuPiOoAqK1-4_6jXyZwVb",
    "DATABASE_URL": "postgres://blueheart@localhost/blueheart",
    "EMAIL_URL": "smtp://localhost",
    "DEFAULT_FROM_EMAIL": "hello@blueheart.example",
    "STRIPE_SECRET_KEY": "sk_test_123",
}
SHOW = "import sys; from django.conf import settings as s; print(repr(getattr(s, sys.argv[1])))"


def start(name: str = "ENVIRONMENT", /, **environment: str) -> subprocess.CompletedProcess:
    """Import the settings in a process of their own and print one of them."""
    return run(SHOW, name, **environment)


def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        env={"PATH": os.defpath, "DJANGO_SETTINGS_MODULE": "blueheart.settings", **environment},
        check=False,
    )


def test_development_needs_no_variable():
    assert start().stdout == "'development'\n"


def test_production_starts_with_all_that_it_needs():
    started = start(**PRODUCTION)

    assert (started.returncode, started.stdout) == (0, "'production'\n"), started.stderr


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name != "ENVIRONMENT"])
def test_production_without_a_variable_says_which_in_one_line(missing):
    started = start(**{name: value for name, value in PRODUCTION.items() if name != missing})

    assert started.returncode == 1
    assert started.stderr.splitlines()[-1].endswith(f"{missing} must be set in production.")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "ab" * 40}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "development-only-" + "blue-heart-" * 4}, "SECRET_KEY is weak"),
        ({"SECRET_KEY_FALLBACKS": PRODUCTION["SECRET_KEY"] + ",old"}, "SECRET_KEY_FALLBACKS is weak"),
        ({"SECRET_KEY_FALLBACKS": "development-only-" + "blue-heart-" * 4}, "SECRET_KEY_FALLBACKS is weak"),
        ({"LASTING_KEYS": "quite-short"}, "LASTING_KEYS is weak"),
        ({"STRIPE_WEBHOOK_SECRETS": "whsec_guessed"}, "STRIPE_WEBHOOK_SECRETS is weak"),
        ({"METRICS_TOKEN": "only-twenty-letters-"}, "METRICS_TOKEN is weak"),
        ({"METRICS_TOKEN": "ab" * 20}, "METRICS_TOKEN is weak"),
        ({"DATABASE_URL": "postgres://app@db.example/blueheart"}, "DATABASE_URL leads over a network"),
        ({"DATABASE_URL": "postgres://app@db.example/blueheart?sslmode=require"}, "DATABASE_URL leads over a network"),
        ({"DATABASE_URL": "postgres://app@/blueheart?host=/run,db.example"}, "DATABASE_URL leads over a network"),
        ({"DATABASE_URL": "postgres://app@localhost/x?hostaddr=192.0.2.1"}, "DATABASE_URL leads over a network"),
        ({"DATABASE_URL": "postgres://app@localhost,db.example/blueheart"}, "DATABASE_URL leads over a network"),
        ({"DATABASE_OWNER_URL": "postgres://owner@db.example/blueheart"}, "DATABASE_OWNER_URL leads over a network"),
        ({"DATABASE_OWNER_URL": "postgres://blueheart@localhost/blueheart"}, "wants another role"),
        ({"EMAIL_URL": "smtp://mail.example"}, "EMAIL_URL must begin with smtp+tls:// or smtp+ssl://"),
        ({"EMAIL_URL": "consolemail://"}, "EMAIL_URL must begin with smtp+tls:// or smtp+ssl://"),
        ({"EMAIL_URL": "filemail:///tmp/mails"}, "EMAIL_URL must begin with smtp+tls:// or smtp+ssl://"),
        ({"SITE_URL": "http://blueheart.example"}, "must be an https:// address"),
        ({"SITE_URL": "https://"}, "must be an https:// address"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": "a.example,*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": " , ."}, "ALLOWED_HOSTS must name the hosts"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"STRIPE_SECRET_KEY": "sk_live_123"}, "must be a test key"),
        ({"STRIPE_SECRET_KEY": "rk_live_123"}, "must be a test key"),
        ({"STRIPE_SECRET_KEY": "pk_test_123"}, "must be a test key"),
        ({"STRIPE_SECRET_KEY": " sk_live_123"}, "must be a test key"),
        ({"STRIPE_API_BASE": "https://evil.example"}, "only point to this machine"),
        ({"STRIPE_API_BASE": "http://127.0.0.1.evil.example"}, "only point to this machine"),
        ({"STRIPE_API_BASE": "http://127.0.0.1@evil.example"}, "only point to this machine"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
        ({"ENVIRONMENT": "prod"}, "must be development or production"),
        ({"ENVIRONMENT": ""}, "must be development or production"),
    ],
)
def test_production_refuses_what_is_weak_or_live(changed, reason):
    started = start(**(PRODUCTION | changed))

    assert started.returncode == 1
    assert reason in started.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "changed",
    [
        {"DATABASE_URL": "postgres://app@db.example/blueheart?sslmode=verify-full&sslrootcert=system"},
        {"DATABASE_URL": "postgres://app@/blueheart?host=/run/postgresql"},
        {"DATABASE_URL": "postgres://app@[::1]:5432/blueheart"},
        {"DATABASE_URL": "postgres://app@postgres/blueheart", "PRIVATE_NETWORK_HOSTS": "postgres, mail"},
        {"EMAIL_URL": "smtp://mail:25", "PRIVATE_NETWORK_HOSTS": "postgres, mail"},
        {"EMAIL_URL": "smtp+tls://user:secret@mail.example:587"},
        {"EMAIL_URL": "smtp+ssl://user:secret@mail.example:465"},
        {"EMAIL_URL": "smtp://127.0.0.1:25"},
    ],
)
def test_production_talks_in_the_clear_on_this_machine_and_its_private_network_only(changed):
    assert start(**(PRODUCTION | changed)).stdout == "'production'\n"


@pytest.mark.parametrize("url", ["smtp+tls://mail.example:587", "smtp+ssl://mail.example:465"])
def test_mail_goes_to_a_server_with_a_certificate_of_its_name_only(url):
    code = (
        "import django; django.setup(); from django.core.mail import get_connection; c = get_connection();"
        "print(c.use_tls or c.use_ssl, c.ssl_context.verify_mode.name, c.ssl_context.check_hostname,"
        " c.ssl_context.minimum_version.name)"
    )

    assert run(code, **(PRODUCTION | {"EMAIL_URL": url})).stdout == "True CERT_REQUIRED True TLSv1_2\n"


SECRETS = {
    "SECRET_KEY": PRODUCTION["SECRET_KEY"],
    "SECRET_KEY_FALLBACKS": PRODUCTION["SECRET_KEY"][::-1],
    "LASTING_KEYS": PRODUCTION["SECRET_KEY"].swapcase(),
    "DATABASE_URL": "postgres://app:canary-of-the-database@localhost/blueheart",
    "DATABASE_OWNER_URL": "postgres://owner:canary-of-the-owner@localhost/blueheart",
    "EMAIL_URL": "smtp+tls://hello:canary-of-the-mail@mail.example:587",
    "STRIPE_SECRET_KEY": "sk_test_canary_of_stripe",
    "STRIPE_WEBHOOK_SECRETS": "whsec_canary_of_the_webhook",
    "METRICS_TOKEN": "canary-of-the-metrics-token",
    "SENTRY_DSN": "https://canary-of-sentry@sentry.example/1",
    "DATABASE_REPLICA_URLS": "postgres://app:canary-of-the-replica@localhost/blueheart",
    "CACHE_URL": "rediss://:canary-of-the-cache@cache.example/0",
    "AWS_ACCESS_KEY_ID": "canary-of-the-bucket",
    "AWS_SECRET_ACCESS_KEY": "canary-of-the-bucket-s-key",
}
BUCKET = {"STORAGE_URL": "s3://hearts", "MEDIA_URL": "https://media.blueheart.example/"}
ALL = (
    "[s.SECRET_KEY, *s.SECRET_KEY_FALLBACKS, *s.LASTING_KEYS, s.DATABASES['default']['PASSWORD'],"
    " s.DATABASE_OWNER['PASSWORD'], s.EMAIL_HOST_PASSWORD, s.STRIPE_SECRET_KEY, *s.STRIPE_WEBHOOK_SECRETS,"
    " s.METRICS_TOKEN, s.SENTRY_DSN, s.DATABASE_REPLICAS[0]['PASSWORD'], s.CACHES['default']['LOCATION'],"
    " *(s.STORAGES['default']['OPTIONS'][name] for name in ('access_key', 'secret_key'))]"
)


def in_files(folder, secrets: dict[str, str]) -> dict[str, str]:
    """The secrets as Docker and Kubernetes hand them out: each in a file, whose path the environment tells."""
    for name, value in secrets.items():
        (folder / name).write_text(f"{value}\n")
    return {f"{name}_FILE": str(folder / name) for name in secrets}


def test_every_secret_may_come_from_a_file(tmp_path):
    others = BUCKET | {name: value for name, value in PRODUCTION.items() if name not in SECRETS}
    show = f"from django.conf import settings as s; print({ALL})"

    assert run(show, **(others | in_files(tmp_path, SECRETS))).stdout == run(show, **(others | SECRETS)).stdout != ""


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_set_twice_or_cannot_be_read_stops_the_start_in_one_line(tmp_path, name):
    (file,) = in_files(tmp_path, {name: SECRETS[name]}).values()
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    others = {key: value for key, value in (PRODUCTION | BUCKET | SECRETS).items() if key != name}

    def said(**environment):
        started = start(**(others | environment))
        assert started.returncode == 1
        return started.stderr.splitlines()[-1].partition("ImproperlyConfigured: ")[2]

    assert (
        said(**{name: SECRETS[name], f"{name}_FILE": file}) == f"{name} and {name}_FILE are both set: keep one of them."
    )
    assert said(**{f"{name}_FILE": f"{file}-gone"}) == f"{name}_FILE cannot be read: No such file or directory."
    assert said(**{f"{name}_FILE": str(tmp_path / "empty")}) == f"{name}_FILE is empty."
    assert said(**{f"{name}_FILE": str(tmp_path / "binary")}) == f"{name}_FILE cannot be read: it is no text in UTF-8."


@pytest.mark.parametrize(
    "broken",
    [
        {"DATABASE_URL": "postgres://app:canary/of#the?database@db.example:54x2/blueheart"},
        {"DATABASE_URL": "postgres://app:canary@[of-the-database/blueheart"},
        {"DATABASE_URL": "canary-of-the-database"},
        {"DATABASE_URL": "postgres://app:canary-of-the-database@db.example/blueheart"},
        {"EMAIL_URL": "hello:canary-of-the-mail@mail.example"},
        {"EMAIL_URL": "smtp+tls://hello:canary/mail@mail.example"},
        {"EMAIL_URL": "canary://canary@mail.example"},
        {"EMAIL_URL": "smtp://hello:canary-of-the-mail@mail.example"},
        {"SECRET_KEY": "canary"},
        {"SECRET_KEY_FALLBACKS": "canary"},
        {"LASTING_KEYS": "canary"},
        {"STRIPE_SECRET_KEY": "sk_live_canary"},
        {"STRIPE_WEBHOOK_SECRETS": "canary"},
        {"METRICS_TOKEN": "canary"},
        {"DATABASE_REPLICA_URLS": "postgres://app:canary-of-the-replica@db.example/blueheart"},
        {"CACHE_URL": "redis://:canary-of-the-cache@cache.example/0"},
        {"CACHE_URL": "canary-of-the-cache"},
        {"STORAGE_URL": "canary-of-the-bucket"},
    ],
)
def test_a_start_that_fails_repeats_no_secret(broken):
    refused = start(**(PRODUCTION | BUCKET | SECRETS | broken))

    assert refused.returncode == 1
    assert "canary" not in refused.stderr + refused.stdout
    assert next(iter(broken)) in refused.stderr.splitlines()[-1]


def test_no_secret_is_on_the_page_of_an_error_in_development():
    """Django's page shows all settings, and the variables of each frame of ours."""
    code = (
        "import django; django.setup(); from django.test import RequestFactory;"
        "from django.views.debug import technical_500_response as page; import sys\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: print(page(RequestFactory().get('/'), *sys.exc_info()).content.decode())"
    )
    shown = run(
        code, DEBUG="1", **BUCKET, **{name: value for name, value in SECRETS.items() if name != "DATABASE_OWNER_URL"}
    ).stdout

    assert "ZeroDivisionError" in shown
    assert "canary" not in shown
    assert PRODUCTION["SECRET_KEY"] not in shown


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"SITE_URL": "http://0.0.0.0:8000"}, "SITE_URL must be on localhost"),
        ({"ALLOWED_HOSTS": "blueheart.example"}, "ALLOWED_HOSTS may only hold"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS may only hold"),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "must be a test key"),
    ],
)
def test_development_is_for_this_machine_and_for_test_money(environment, reason):
    assert reason in start(**environment).stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_COOKIE_SECURE", "True"),
        ("CSRF_COOKIE_SECURE", "True"),
        ("SECURE_SSL_REDIRECT", "True"),
        ("SECURE_HSTS_SECONDS", "31536000"),
        ("DEBUG", "False"),
        ("EMAIL_BACKEND", "'django.core.mail.backends.smtp.EmailBackend'"),
        ("EMAIL_TIMEOUT", "20"),
        ("ALLOWED_HOSTS", "['blueheart.example']"),
    ],
)
def test_production_has(name, value):
    assert start(name, **PRODUCTION).stdout.strip() == value


def test_development_keeps_its_mail_on_this_machine():
    assert start("EMAIL_BACKEND").stdout.strip() == "'blueheart.post.local_copies.EmailBackend'"


def test_webhook_secrets_may_be_several_for_rolling():
    assert (
        start("STRIPE_WEBHOOK_SECRETS", STRIPE_WEBHOOK_SECRETS="whsec_a, whsec_b,").stdout == "['whsec_a', 'whsec_b']\n"
    )


def test_policy_lets_forms_lead_to_stripes_pages_and_to_nowhere_else():
    assert (
        "'form-action': [\"'self'\", 'https://checkout.stripe.com', 'https://billing.stripe.com']"
        in start("CONTENT_SECURITY_POLICY", **PRODUCTION).stdout
    )


def test_policy_allows_no_inline_script_or_style():
    policy = str(settings.CONTENT_SECURITY_POLICY)

    assert "unsafe" not in policy
    assert "'default-src': [\"'none'\"]" in policy


@pytest.mark.parametrize("path", ["office", "/office/", "office/"])
def test_admin_path_is_the_same_however_it_is_written(path):
    assert start("ADMIN_PATH", ADMIN_PATH=path).stdout == "'office/'\n"


def test_empty_admin_path_does_not_put_the_office_at_the_root():
    assert start("ADMIN_PATH", ADMIN_PATH="").stdout == "'staff/'\n"
