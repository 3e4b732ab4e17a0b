"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The visitor's IP address: the one our outermost trusted proxy saw, counted from the right of X-Forwarded-For.

    What stands further left was written by the visitor and proves nothing.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.TRUSTED_PROXIES and len(forwarded) >= settings.TRUSTED_PROXIES:
        candidate = forwarded[-settings.TRUSTED_PROXIES]
        if _is_address(candidate):
            return str(candidate)
    return str(request.META.get("REMOTE_ADDR", ""))


def subnet(address: str) -> str:
    """The network that one visitor commonly holds whole: the address itself for IPv4, its /64 for IPv6."""
    if not _is_address(address):
        return address
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
