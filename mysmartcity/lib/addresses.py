"""Network addresses: which are public, and which ones a name leads to, within a time limit.

Connecting is not done here: see `lib.http`, the one door to the network.
"""

import queue
import socket
import threading
from ipaddress import IPv4Address, IPv6Address, ip_network

_TUNNELS = tuple(
    ip_network(block) for block in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
"""NAT64, 6to4 and Teredo: IPv6 addresses that carry an IPv4 address, perhaps a private one."""


class UnknownName(Exception):
    """A host name has no address, or none was found in time; the text says which."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the open Internet and not to somebody's inner network."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None or address.is_site_local:
            return False
        if any(address in block for block in _TUNNELS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def addresses_of(host: str, *, within: float) -> list[str]:
    """Every address of a name or of a written address, within so many seconds.

    The system's resolver has no time limit of its own, so it runs in a thread beside us.
    Raises UnknownName.
    """
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="name-look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, within))
    except queue.Empty as error:
        raise UnknownName(f"The name {host} was not found in time.") from error
    if isinstance(answer, Exception):
        raise UnknownName(f"The name {host} is not known: {answer}.") from answer
    return answer
