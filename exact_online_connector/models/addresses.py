# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who can reach an address, as far as the address itself tells."""

import ipaddress

# Names that no public name server knows.
PRIVATE_ENDINGS = ("local", "localhost", "internal", "lan", "home", "corp", "test", "invalid")


def is_public(host):
    """Whether a host may be reachable from the internet; False where it certainly is not."""
    address = _ip_address(host or "")
    if address:
        return address.is_global
    labels = (host or "").rstrip(".").split(".")
    return len(labels) > 1 and labels[-1] not in PRIVATE_ENDINGS


def _ip_address(host):
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
