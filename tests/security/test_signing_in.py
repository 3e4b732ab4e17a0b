"""docs/security/signing-in.md says what is so: its numbers are those of the code."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator, get_default_password_validators
from django_otp.plugins.otp_totp.models import TOTPDevice

from office.roles import ROLES
from office.signing_in import holds, pages, passwords, second_factor, sessions, sign_ins
from office.signing_in.models import PasswordLink

PAGE = (Path(settings.BASE_DIR) / "docs/security/signing-in.md").read_text()


def rows() -> dict[str, str]:
    """The tables of two columns, rule by rule."""
    return dict(re.findall(r"^\| ([^|\n]+) \| ([^|\n]+) \|$", PAGE, re.MULTILINE))


def least_characters() -> int:
    return next(each.min_length for each in get_default_password_validators() if hasattr(each, "min_length"))


def in_minutes(span) -> float:
    return span.total_seconds() / 60


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        ("least characters", least_characters()),
        ("characters of a password that have to be its owner's own, beside words of this place",
         passwords.LEAST_BESIDES),
        ("hours that a link to set a password is good, once", in_minutes(PasswordLink.LASTS) / 60),
        ("digits of a code, which is good once", TOTPDevice().digits),
        ("seconds of its step", TOTPDevice().step),
        ("steps beside the present one that are taken", TOTPDevice().tolerance),
        ("recovery codes on paper, each good once", second_factor.RECOVERY_CODES),
        ("letters of a recovery code, of 31 each", second_factor.RECOVERY_LENGTH),
        ("minutes in which the second factor has to follow the password", in_minutes(pages.PASSWORD_ONLY)),
        ("minutes without a sign of the person", in_minutes(sessions.IDLE)),
        ("hours in all", in_minutes(sessions.LONGEST) / 60),
        ("minutes that a fresh sign-in counts", in_minutes(sessions.FRESH)),
    ],
)  # fmt: skip
def test_number_of_a_rule_is_that_of_the_code(rule, number):
    assert float(rows()[rule]) == number


def test_limits_on_guessing_are_those_of_the_code():
    said = rows()

    assert said["wrong passwords for one name from one address"] == (
        f"{settings.AXES_FAILURE_LIMIT}, then {settings.AXES_COOLOFF_TIME * 60:.0f} minutes' wait"
    )
    assert said["passwords tried from one source, whatever the name"] == (
        f"{pages.PASSWORDS_PER_SOURCE} in {pages.QUARTER_HOUR // 60} minutes"
    )
    assert settings.AXES_LOCKOUT_PARAMETERS == [["username", "ip_address"]]
    assert TOTPDevice().get_throttle_factor() == 1
    assert f"go after {sign_ins.KEPT.days} days" in PAGE
    assert f"a form may be {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KB" in said["most characters"]


def test_lists_are_those_of_the_code():
    assert all(f"`{word}`" in PAGE for word in passwords.CONTEXT_WORDS)
    roles = [role for role in ROLES if role.name in holds.SIGNING_ROLES]
    assert all(f"*{role.label}*" in PAGE for role in roles)
    assert len(second_factor.RECOVERY_ALPHABET) == 31
    common = next(each for each in get_default_password_validators() if isinstance(each, CommonPasswordValidator))
    assert 19_000 < len(common.passwords) <= 20_000


def test_passwords_are_kept_by_no_rule_of_composition():
    names = {type(each).__name__ for each in get_default_password_validators()}

    assert names == {"UserAttributeSimilarityValidator", "MinimumLengthValidator", "GuessedPasswordValidator",
                     "ContextWordsValidator"}  # fmt: skip
