from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from django.db import connections

from blueheart.postgresql import embedded
from tests.conftest import _use
from tests.growing.servers import Replica, Web, two_webs, wait_until
from tests.template_database import copied_for_a_portal


@dataclass(frozen=True)
class Place:
    """A migrated database with a replica, and what is said of both to processes."""

    name: str
    url: str
    replica: Replica

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url, "DATABASE_REPLICA_URLS": self.replica.url(self.name)}


@pytest.fixture(scope="session")
def replica(_migrated_db, django_db_blocker) -> Iterator[Replica]:
    """It follows all databases of the tests' server."""
    with django_db_blocker.unblock():
        replica = Replica(embedded.ensure()["HOST"])
        try:
            replica.start()
            yield replica
        finally:
            replica.close()


@pytest.fixture(scope="module")
def copy(_migrated_db, django_db_blocker) -> Iterator[str]:
    """The address of a migrated database, to which the tests' connection leads, too."""
    with django_db_blocker.unblock():
        connections.close_all()
        with copied_for_a_portal() as url:
            _use(name_in(url))
            try:
                yield url
            finally:
                connections.close_all()
                _use(_migrated_db)


@pytest.fixture(scope="module")
def place(copy, replica) -> Place:
    name = name_in(copy)
    wait_until(lambda: replica.has(name), what="the replica has the database")
    return Place(name, copy, replica)


def name_in(url: str) -> str:
    return urlsplit(url).path.strip("/")


@pytest.fixture(scope="module")
def webs(place, tmp_path_factory) -> Iterator[list[Web]]:
    """Two web processes, each with both addresses."""
    with two_webs([tmp_path_factory.mktemp("web") for _number in range(2)], place.environment) as started:
        yield started
