from tests.donations.conftest import _stand, sandbox, site

__all__ = ["_stand", "sandbox", "site"]
