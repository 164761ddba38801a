# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The process that forks workers: it reads jobs from a socket and answers how they ended."""

import json
import os
import socket
import traceback

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry

from . import kills, people, steps


def serve(env, channel):
    """Fork workers for each line of jobs, until the other side hangs up. Never returns."""
    database = env.cr.dbname
    env.cr.close()
    sql_db.close_all()  # a connection must not be shared with a fork
    with socket.socket(fileno=channel) as connection, connection.makefile("rw") as lines:
        for line in lines:
            ends = _race(database, json.loads(line))
            lines.write(json.dumps(ends) + "\n")
            lines.flush()
    os._exit(0)


def _race(database, jobs):
    workers = [_fork(database, job) for job in jobs]
    return [_end_of(process, answer) for process, answer in workers]


def _fork(database, job):
    answer, written = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(answer)
        _be_a_worker(database, job, written)
    os.close(written)
    return process, answer


def _be_a_worker(database, job, answer):
    try:
        end = {"result": _carry_out(database, job)}
    except BaseException:
        end = {"raised": traceback.format_exc()}
    with os.fdopen(answer, "w") as file:
        json.dump(end, file)
    os._exit(0)


def _carry_out(database, job):
    registry = Registry(database)
    registry.check_signaling()
    result = None
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        for name, arguments in job:
            [function] = [
                getattr(module, name) for module in (steps, kills, people) if hasattr(module, name)
            ]
            result = function(env, **arguments)
    registry.signal_changes()
    return result


def _end_of(process, answer):
    with os.fdopen(answer) as file:
        text = file.read()
    _process, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    return json.loads(text)
