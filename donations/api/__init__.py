"""The API's part about the Trust Fund's money on this portal: test mode, and never added to published figures."""

from donations.api import contributions, grants, ledger
from donations.api.router import router

__all__ = ["contributions", "grants", "ledger", "router"]
