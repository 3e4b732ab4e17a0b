from tests.donations.conftest import sandbox, site

__all__ = ["sandbox", "site"]
