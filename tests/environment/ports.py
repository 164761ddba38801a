# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""TCP ports on 127.0.0.1."""

import socket

from .console import Stop

TRIES = 20


def is_free(port):
    """Can a server listen on this port now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port():
    """Any port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def choose(variable, given, default, taken=()):
    """The port `given` by the person through `variable`, else the first free one from `default`.

    Raises Stop with one line when the given one is no port number or is busy.
    """
    if not given:
        for port in range(default, default + TRIES):
            if port not in taken and is_free(port):
                return port
        raise Stop(f"Ports {default} to {default + TRIES - 1} are all busy: choose one with "
                   f"{variable}=<port>.")
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise Stop(f"{variable}={given} is not a port number: choose one from 1024 to 65535.")
    if int(given) in taken or not is_free(int(given)):
        raise Stop(f"Port {given} is busy: stop what uses it, or choose another one with "
                   f"{variable}=<port>.")
    return int(given)
