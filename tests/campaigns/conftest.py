import pytest
from django.test import Client


@pytest.fixture
def loaded(db, content_rows):
    """The content as it comes from the files."""
    content_rows.put_back()


@pytest.fixture
def reader() -> Client:
    return Client()
