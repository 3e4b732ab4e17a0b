import base64
import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from unittest import mock

import pytest
from playwright.sync_api import expect

from tests import visitors
from tests.journeys.conftest import desk, visitor
from tests.journeys.staff import Staff
from tests.portal import CHROMIUM_ARGUMENTS, chromium
from tests.production.programs import PATIENCE, STAFF
from tests.production.shape import Production, running_production

__all__ = ["desk", "visitor"]
EXPECTED_MS = 5_000  # Playwright's own


@pytest.fixture(scope="session", autouse=True)
def _ends_cleanly() -> Iterator[None]:
    """Asked to end, a run stops what it has started, as at Ctrl-C."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def site() -> Iterator[Production]:
    """All of it; one for the whole run."""
    with running_production() as site:
        yield site


@pytest.fixture(scope="session", autouse=True)
def _playwright_trusts_us(site) -> Iterator[None]:
    """What asks for a page beside the browser is a program of its own, which reads this when it starts."""
    os.environ["NODE_EXTRA_CA_CERTS"] = str(site.certificate)
    yield
    with suppress(KeyError):
        del os.environ["NODE_EXTRA_CA_CERTS"]


@pytest.fixture(scope="session", autouse=True)
def _patience() -> Iterator[None]:
    """What a page has to show, and a letter, may take longer, as nginx waits longer."""
    expect.set_options(timeout=EXPECTED_MS * PATIENCE)
    with mock.patch.object(visitors, "MAIL_SECONDS", visitors.MAIL_SECONDS * PATIENCE):
        yield
    expect.set_options(timeout=EXPECTED_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, site) -> dict:
    """Our certificate, and no other, is one that the browser takes."""
    assert chromium(), "no Chromium found (Debian: apt install chromium)"
    trusted = f"--ignore-certificate-errors-spki-list={_fingerprint(site)}"
    return browser_type_launch_args | {"executable_path": chromium(), "args": [*CHROMIUM_ARGUMENTS, trusted]}


def _fingerprint(site: Production) -> str:
    key = subprocess.run(
        ["openssl", "x509", "-in", site.certificate, "-pubkey", "-noout"], check=True, capture_output=True
    )
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "der"], input=key.stdout, check=True, capture_output=True
    )
    return base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


@pytest.fixture(scope="session")
def ada(site, browser) -> Staff:
    """Ada after her first sign-in, with a phone that is connected and an open session."""
    ada = Staff(site, STAFF, site.server.passwords[STAFF])
    ada.sign_in_first(browser)
    return ada
