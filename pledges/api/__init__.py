"""The API's part about hearts: what the wall shows, and how many there are by country."""

from pledges.api import by_country, hearts
from pledges.api.router import router

__all__ = ["by_country", "hearts", "router"]
