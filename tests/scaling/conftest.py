"""A gift needs Stripe: the sandbox of the donations' stories."""

from tests.donations.conftest import _stand, sandbox

__all__ = ["_stand", "sandbox"]
