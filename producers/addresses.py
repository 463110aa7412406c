"""Which addresses may be fetched: public ones, and what the user named. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def refusal(host: str, port: int, address: str, allow_hosts: Collection[str]) -> str:
    """Return "" when `address`, to which `host` resolved, may be connected to, else the refusal in words.

    Private, loopback, link-local, shared, multicast and reserved ranges (IANA special-purpose registries,
    also inside IPv6) are refused unless `host`, `host:port` or the address is named in `allow_hosts`.
    """
    host = host.strip("[]").lower().rstrip(".")
    if host not in allow_hosts and f"{host}:{port}" not in allow_hosts and address not in allow_hosts:
        kind = _special(ipaddress.ip_address(address.split("%", 1)[0]))
        if kind:
            return f"{kind} address {address} refused; name it with --allow-host {host}"
    return ""


def _special(address: IpAddress) -> str:
    """Return what makes an address special, or ""."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return _special(inner)
    for kind in ("loopback", "link_local", "multicast", "unspecified"):
        if getattr(address, f"is_{kind}"):
            return kind.replace("_", "-")
    if address.is_private:
        return "private"
    if address.is_reserved or not address.is_global:
        return "reserved"
    return ""


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
