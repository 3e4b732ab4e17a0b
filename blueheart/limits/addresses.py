"""Where a request comes from."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
HOLDERS = {4: 32, 6: 64}  # length of the prefix that one visitor commonly holds whole
NEIGHBOURS = {4: 24, 6: 48}  # … and that one provider, office or hosting customer does


def client_address(request: HttpRequest) -> str:
    """The visitor's IP address: the one our outermost trusted proxy saw, counted from the right of X-Forwarded-For.

    What stands further left was written by the visitor and proves nothing.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.TRUSTED_PROXIES and len(forwarded) >= settings.TRUSTED_PROXIES:
        candidate = parsed(forwarded[-settings.TRUSTED_PROXIES])
        if candidate:
            return str(candidate)
    remote = str(request.META.get("REMOTE_ADDR", ""))
    return str(parsed(remote) or remote)


def subnet(address: str) -> str:
    """The network that one visitor commonly holds whole: the address itself for IPv4, its /64 for IPv6."""
    ip = parsed(address)
    if ip is None or ip.version == 4:
        return str(ip or address)
    return _network(ip, HOLDERS)


def neighbourhood(address: str) -> str:
    """The wider network around it: its /24 for IPv4, its /48 for IPv6."""
    ip = parsed(address)
    return _network(ip, NEIGHBOURS) if ip else address


def parsed(text: str) -> IPAddress | None:
    """The address that the text is, None for other text: IPv4 within IPv6 as IPv4, and without a zone."""
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def _network(ip: IPAddress, prefixes: dict[int, int]) -> str:
    return str(ipaddress.ip_network((ip, prefixes[ip.version]), strict=False))
