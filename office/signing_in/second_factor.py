"""The second factor of staff: a code from an app on their phone, or one of ten codes on paper."""

import base64
import datetime as dt
import secrets
import time
from dataclasses import dataclass

import django_otp
import segno
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django_otp.models import Device
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from blueheart.tokens import digest
from office.models import RecoveryCode, RecoveryCodes

RECOVERY_CODES = 10
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else on paper
RECOVERY_LENGTH = 28  # of 31 letters each: 138 bits, so that a plain digest keeps them
NEIGHBOUR_STEPS = 1  # clocks may differ by 30 s


class AlreadyEnrolledError(RuntimeError):
    """The person has a second factor already and this session has not shown it."""


class CodeRefusedError(ValueError):
    """The code is wrong, used, or came too soon after wrong ones; `wait_seconds` is how long to wait then."""

    def __init__(self, wait_seconds: int = 0) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Enrolment:
    """The secret that a phone is about to learn. It belongs to one session: another's could be known to a thief."""

    key: str

    @classmethod
    def begin(cls) -> "Enrolment":
        return cls(key=random_hex(20))

    def secret(self) -> str:
        """The secret as people type it, in groups of four."""
        text = base64.b32encode(bytes.fromhex(self.key)).decode()
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))

    def qr_code(self, user: User) -> SafeString:
        """The secret as a picture for the phone's camera: an SVG that stands inside the page."""
        address = TOTPDevice(user=user, key=self.key).config_url
        return mark_safe(segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff"))  # noqa: S308 ours

    def step_of(self, code: str) -> int | None:
        """The time step whose code this is, or None."""
        totp = TOTP(bytes.fromhex(self.key))
        totp.time = time.time()
        if not (code.isdecimal() and totp.verify(int(code), NEIGHBOUR_STEPS)):
            return None
        return int(totp.t())


def has_second_factor(user: User) -> bool:
    """Whether the person has enrolled: then a password alone may not enrol again."""
    return bool(django_otp.user_has_device(user))


@transaction.atomic
def enrol(*, user: User, enrolment: Enrolment, code: str, replacing: bool) -> tuple[TOTPDevice, list[str]]:
    """Make the phone the person's second factor and answer its device and ten new recovery codes.

    `replacing` says that this session has shown the present second factor. Raises `CodeRefusedError`, and
    `AlreadyEnrolledError` where another session was faster.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if has_second_factor(user) and not replacing:
        raise AlreadyEnrolledError
    step = enrolment.step_of(code)
    if step is None:
        raise CodeRefusedError
    forget(user)
    device = TOTPDevice.objects.create(user=user, name="phone", key=enrolment.key, last_t=step)
    return device, renew_recovery_codes(user)


@transaction.atomic
def forget(user: User) -> None:
    """Take the person's second factor away: sessions that rest on it end, the next sign-in enrols. Safe to repeat."""
    for device in django_otp.devices_for_user(user, confirmed=None):
        device.delete()


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """Ten new recovery codes, told here and never again; the old ones are void."""
    sheet, _created = RecoveryCodes.objects.select_for_update().get_or_create(user=user, defaults={"name": "paper"})
    sheet.codes.all().delete()
    codes = [_random_code() for _n in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(sheet=sheet, digest=digest(code)) for code in codes])
    return ["-".join(code[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4)) for code in codes]


def _random_code() -> str:
    return "".join(secrets.choice(RECOVERY_ALPHABET) for _n in range(RECOVERY_LENGTH))


def unused_recovery_codes(user: User) -> int:
    """How many recovery codes the person has left."""
    return RecoveryCode.objects.filter(sheet__user=user, used_at=None).count()


def verify_phone(user: User, code: str) -> Device:
    """The phone whose present code this is. A code works once. Raises `CodeRefusedError`."""
    return _verify(TOTPDevice.objects.filter(user=user, confirmed=True).first(), user, code)


def verify_recovery(user: User, code: str) -> Device:
    """The sheet on which this unused code stands; the code is spent. Raises `CodeRefusedError`."""
    plain = "".join(code.lower().replace("-", " ").split())
    return _verify(RecoveryCodes.objects.filter(user=user, confirmed=True).first(), user, plain)


def _verify(device: Device | None, user: User, code: str) -> Device:
    if device is None:
        raise CodeRefusedError
    allowed, why_not = device.verify_is_allowed()
    if not allowed:
        raise CodeRefusedError(_seconds_until(why_not.get("locked_until")))
    verified = django_otp.verify_token(user, device.persistent_id, code)
    if verified is None:
        raise CodeRefusedError
    return verified


def _seconds_until(moment: dt.datetime | None) -> int:
    return max(1, round((moment - timezone.now()).total_seconds())) if moment else 1
