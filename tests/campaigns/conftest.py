import pytest
from django.test import Client

from campaigns import content


@pytest.fixture
def loaded(db):
    """The content as it comes from the files."""
    content.load()


@pytest.fixture
def reader() -> Client:
    return Client()
