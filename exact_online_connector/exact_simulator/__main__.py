# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Command line of the simulator: python3 exact_simulator --help."""

import argparse
import pathlib
import signal
import sys
import threading

if not __package__:
    # Started as a folder: make the package importable under its own name.
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    __package__ = "exact_simulator"
    __import__(__package__)

from . import create_app
from .seeds import NAMES
from .server import Server

_EPILOG = """
The registered app has client id {11111111-2222-3333-4444-555555555555} and secret
simulator-secret; any redirect address will do. Pages for people are at the printed address,
the control API for tests at /simulator/ (it explains itself there in JSON).
"""


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="exact_simulator", description="A simulator of Exact Online on 127.0.0.1.",
        epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8070,
                        help="port to listen on; 0 picks a free one (default: 8070)")
    parser.add_argument("--database", default="exact-simulator.sqlite",
                        help="SQLite file that keeps the books, or :memory: "
                             "(default: exact-simulator.sqlite)")
    parser.add_argument("--seed", type=_seeds, default=("be", "nl"), metavar="SEEDS",
                        help=f"what an empty database starts with: {', '.join(NAMES)}, or several "
                             "with commas (default: be,nl)")
    parser.add_argument("--traffic-log", metavar="FILE",
                        help="append one JSON line a request to this file")
    parser.add_argument("--auto-consent", action="store_true",
                        help="the consent page redirects at once, without a person")
    parser.add_argument("--no-limits", action="store_true",
                        help="do not enforce the rate limits; their headers show large numbers")
    return parser.parse_args(arguments)


def _seeds(text):
    names = tuple(each.strip() for each in text.split(",") if each.strip())
    unknown = set(names) - set(NAMES)
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(NAMES)}")
    return names


def main(arguments=None):
    options = parse_arguments(arguments)
    application = create_app(
        options.database, options.seed, auto_consent=options.auto_consent,
        limits=not options.no_limits, traffic_log=options.traffic_log)
    server = Server(options.port, application)

    def stop(_signal, _frame):
        # shutdown() waits for serve_forever(), so it must not run in the main thread.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"listening on {server.address}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    application.store.close()


if __name__ == "__main__":
    main()
