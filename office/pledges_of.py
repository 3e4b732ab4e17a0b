"""What the privacy desk knows of supporters so far: how many pledges an address has."""

from pledges import addresses
from pledges.models import Pledge


def pledges_of(email: str) -> int:
    """How many pledges were made with this address."""
    return Pledge.objects.filter(canonical_email=addresses.canonical(email)).count()
