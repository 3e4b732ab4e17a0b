import os

import pytest

from tests.donations.conftest import _stand, sandbox, site
from tests.faults.results import SEED
from tests.faults.site.server import own_server as _own_server

__all__ = ["_stand", "sandbox", "site"]


def pytest_report_header() -> str:
    return f"faults: seed {SEED} (FAULTS_SEED), {os.environ.get('FAULTS', 'full')} (FAULTS)"


@pytest.fixture(scope="session")
def own_server():
    """A PostgreSQL that may be killed, with a migrated database; the others of this run use another one."""
    with _own_server() as server:
        server.migrated()
        yield server
