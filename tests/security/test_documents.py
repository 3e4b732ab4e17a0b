"""What docs/security says of keys and of data is what the code has: whoever changes one changes the other."""

import importlib
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import translation

from blueheart.limits import form_age
from blueheart.visits.links import SecretLink
from donations.views.receipts import CHECKS
from office import data_map
from office.privacy import finding
from office.privacy.retention import RULES
from office.signing_in.models import PasswordLink
from pledges.forms.groups import COUNT_SECONDS
from pledges.models import ConfirmationCode
from pledges.services import confirming, keeping
from tests.blueheart.test_settings import SECRETS

DOCS = settings.BASE_DIR / "docs" / "security"
APPS = ("blueheart", "campaigns", "pledges", "donations", "office", "stripe_sandbox")
SEALING = re.compile(r'(?:salted_hmac\(|seals?\(|salt=|PURPOSE = |SALT = )"([\w.-]+)"')


def page(name: str) -> str:
    return (DOCS / name).read_text()


def source() -> str:
    files = subprocess.run(
        ["git", "ls-files", *(f"{app}/*.py" for app in APPS)],
        cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return "\n".join(
        Path(settings.BASE_DIR / file).read_text() for file in files if (settings.BASE_DIR / file).exists()
    )


def first_cells(text: str, heading: str) -> list[str]:
    """The first column of the table below a heading."""
    table = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")][1:]


def test_each_secret_that_the_settings_read_is_in_the_inventory_of_keys():
    read = re.findall(
        r'(?:environment\.(?:secrets?|sentry)|required_secret|database)\(\s*"([A-Z_]+)"',
        (settings.BASE_DIR / "blueheart" / "settings.py").read_text(),
    )
    listed = [cell.strip("`") for cell in first_cells(page("cryptography.md"), "Keys")]

    assert set(read) == set(listed) == set(SECRETS)
    assert all(f"{name}" in (settings.BASE_DIR / ".env.example").read_text() for name in listed)


def test_each_purpose_under_our_key_is_in_the_inventory():
    listed = [cell.strip("`") for cell in first_cells(page("cryptography.md"), "What is signed or sealed")]

    assert set(SEALING.findall(source())) == set(listed)


def test_each_digest_that_the_code_makes_is_among_the_algorithms():
    algorithms = page("cryptography.md").split("## Algorithms")[1]

    made = set(re.findall(r'hashlib\.(\w+)|algorithm="(\w+)"|hashlib\.new\("(\w+)"', source()))
    assert {name for names in made for name in names if name} == {"sha256", "sha512"}
    assert "`sha256`" in algorithms
    assert "`sha512`" in algorithms


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("when a form was shown | 12 hours", form_age.LONGEST_SECONDS),
        ("what a keeper is about to count on paper | 2 hours", COUNT_SECONDS),
        ("in the address | 30 minutes", finding.KEY_SECONDS),
        ("six digits by mail, five tries | 15 minutes", ConfirmationCode.LASTS.total_seconds()),
        ("| 30 minutes; 7 days to confirm", SecretLink.VISIT_LASTS.total_seconds()),
        ("; 7 days to confirm", confirming.LINK_LASTS.total_seconds()),
        ("; 90 days to say", keeping.LINK_LASTS.total_seconds()),
        ("| link to set a staff password | 256 | SHA-256 | 24 hours, once", PasswordLink.LASTS.total_seconds()),
        ("| session of staff | 165 | SHA-256 | 8 hours,", settings.SESSION_COOKIE_AGE),
    ],
)
def test_how_long_it_is_good_is_what_the_code_says(words, seconds):
    assert words in page("cryptography.md")
    number, unit = re.search(r"(\d+) (hours|minutes|days)", words.rpartition("|")[2] or words).groups()
    assert int(number) * {"minutes": 60, "hours": 3600, "days": 86_400}[unit] == seconds


def test_numbers_of_the_pages_are_those_of_the_code():
    text = page("cryptography.md")

    assert f"PBKDF2-SHA256, {PBKDF2PasswordHasher.iterations:,} rounds" in text
    assert (
        importlib.import_module("django.conf.global_settings")
        .PASSWORD_HASHERS[0]
        .endswith(PBKDF2PasswordHasher.__name__)
    )
    assert ConfirmationCode.MOST_TRIES == 5
    assert f"{CHECKS} tries in ten minutes" in text


def test_each_table_that_holds_a_person_has_a_class():
    named = set(re.findall(r"`(\w+\.\w+)`", page("data.md").split("by table")[1].split("## How long")[0]))
    held = {model._meta.label for model in data_map.personal_models() if list(data_map.personal_fields(model))}

    assert held == named


def test_each_rule_of_forgetting_stands_there_in_its_own_words():
    with translation.override("en"):
        rules = [f"| `{rule.name}` | {rule.says} |" for rule in RULES]

    assert [rule for rule in rules if rule not in page("data.md")] == []
    assert len(first_cells(page("data.md"), "How long")) == len(rules)


@pytest.mark.parametrize("name", ["cryptography.md", "data.md"])
def test_what_the_pages_point_to_is_there(name):
    text = page(name)
    paths = [
        path for path in re.findall(r"`([\w./-]+/[\w./-]+\.(?:py|md|yml))`", text) if not path.startswith("VAR_DIR")
    ]
    links = re.findall(r"\]\(([\w./-]+)\)", text)

    assert [path for path in paths if not (settings.BASE_DIR / path).exists()] == []
    assert [link for link in links if not (DOCS / link).exists()] == []
