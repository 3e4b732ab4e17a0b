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
    return subprocess.run(
        [sys.executable, "-c", SHOW, name],
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
        ({"STRIPE_WEBHOOK_SECRETS": "whsec_guessed"}, "STRIPE_WEBHOOK_SECRETS is weak"),
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
