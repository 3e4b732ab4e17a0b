import time

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.donations.conftest import _stand, dora_gives, sandbox, worker
from tests.office.factories import PASSWORD, StaffFactory, sign_in

__all__ = ["_stand", "dora_gives", "sandbox", "worker"]


class Phone:
    """An authenticator app: shows the code of a secret, one step later each time it is asked for a fresh one."""

    def __init__(self, key: str) -> None:
        self.key = bytes.fromhex(key)

    def code(self, *, steps_on: int = 0) -> str:
        totp = TOTP(self.key)
        totp.time = time.time() + 30 * steps_on
        return f"{totp.token():06d}"

    def wrong_code(self) -> str:
        near = {int(self.code(steps_on=steps)) for steps in range(-2, 3)}
        return f"{next(number for number in range(10) if number not in near):06d}"


@pytest.fixture
def ada(db):
    return StaffFactory(username="ada")


@pytest.fixture
def phone(ada) -> Phone:
    """Ada's phone, connected already."""
    device = TOTPDevice.objects.create(user=ada, name="phone")
    return Phone(device.key)


@pytest.fixture
def desk() -> Client:
    """A browser whose forms carry their CSRF token or fail."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def submit():
    """Open a page, fill its form and send it, as a browser does; returns the last answer, redirects followed."""

    def submit(desk: Client, url: str, **fields):
        page = desk.get(url, follow=True)
        here = page.redirect_chain[-1][0] if page.redirect_chain else url
        token = desk.cookies["csrftoken"].value
        return desk.post(here, fields | {"csrfmiddlewaretoken": token}, follow=True)

    return submit


@pytest.fixture
def give_password(submit):
    def give_password(desk: Client, username: str = "ada", password: str = PASSWORD, url: str = "/staff/login/"):
        return submit(desk, url, username=username, password=password)

    return give_password


@pytest.fixture
def office(ada, phone, desk) -> Client:
    """Ada's desk, signed in with both factors; test_sign_in.py does it by the forms."""
    sign_in(desk, ada)
    return desk
