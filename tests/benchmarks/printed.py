# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What code that ran inside Odoo found out: it prints RESULT and a line of JSON."""

import contextlib
import json
import pathlib
import tempfile

from tests.environment import api

# For code that runs inside Odoo.
MEASURES = """
import json, resource, time

def run_queue():
    '''Carry out what is queued: how long that takes, its calls, and the memory used in all.'''
    env.cr.commit()
    calls = env["exact.call"].search_count([])
    begin = time.perf_counter()
    env["exact.sync.run"]._run()
    seconds = time.perf_counter() - begin
    env.cr.rollback()  # the snapshot is older than what the run stored
    env.invalidate_all()
    return {"seconds": seconds, "calls": env["exact.call"].search_count([]) - calls,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
"""


def result(printed):
    """The figures in what a run of :func:`tests.environment.api.odoo_shell` printed."""
    return json.loads(printed.split("RESULT ", 1)[1].splitlines()[0])


@contextlib.contextmanager
def bench(name, **values):
    """Odoo with the addon, and a simulator of which the books are a file. Yields a function that
    runs code inside Odoo and returns what it printed; the code has ``MEASURES``, the simulator's
    ``url``, its file ``database``, and these values.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{name}_"))
        file = pathlib.Path(folder, "exact.sqlite")
        exact = stack.enter_context(api.simulator(seeds=("be",), name=name, database=file))
        odoo = stack.enter_context(api.database(name, "addon"))
        given = {**values, "url": exact.url, "database": str(file)}
        head = "".join(f"{key} = {value!r}\n" for key, value in given.items())
        yield lambda code: api.odoo_shell(odoo, head + MEASURES + code)
