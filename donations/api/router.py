"""Where the addresses of this portal's own money meet; each module adds its own."""

from ninja import Router

router = Router(tags=["Money in test mode"])
