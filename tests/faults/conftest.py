import os

import pytest

from tests.donations.conftest import _stand, sandbox, site
from tests.faults.results import SEED
from tests.faults.site.server import own_server as _own_server

__all__ = ["_stand", "sandbox", "site"]

# What a short run has no time for, and the full one does: cases whose rules the suite tests in one process, too.
LONG = (
    "test_clocks.py",
    "test_deliveries_over_http.py::test_each_of_many",
    "test_deploys.py",
    "test_floods.py",
    "test_lost_webhooks.py",
    "test_mail_faults.py",
    "test_soak.py",
    "test_starved.py",
    "test_hostile_bodies.py::test_an_event_that_breaks_us",
    "test_killed_database.py::test_a_lock_is_held",
    "test_killed_database.py::test_postgresql_freezes",
)


def pytest_collection_modifyitems(config, items) -> None:
    """A sample leaves out what is long, unless it is asked for by name."""
    if os.environ.get("FAULTS") != "short" or any(".py" in argument for argument in config.args):
        return
    left_out = [item for item in items if any(name in item.nodeid for name in LONG)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_report_header() -> str:
    return f"faults: seed {SEED} (FAULTS_SEED), {os.environ.get('FAULTS', 'full')} (FAULTS)"


@pytest.fixture(scope="session")
def own_server():
    """A PostgreSQL that may be killed, with a migrated database; the others of this run use another one."""
    with _own_server() as server:
        server.migrated()
        yield server
