# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""PostgreSQL: the server that PGHOST or DATABASE_URL names, else a private cluster.

The private cluster lies in .work/postgres, listens on a Unix socket only, forgets nothing but is
not crash-safe (for tests), and runs on between two commands until `make stop` or `make clean`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import paths, programs
from .build import digest, lock
from .console import Stop, run, step

ROLE = "odoo"  # Odoo refuses to work as the database user "postgres".
SETTINGS = """
listen_addresses = ''
max_connections = 200
shared_buffers = 256MB
jit = off
# This cluster holds nothing that cannot be made again.
fsync = off
synchronous_commit = off
full_page_writes = off
"""
LONGEST_SOCKET_FOLDER = 80  # A socket's path has at most 107 bytes, the file's name included.
CLUSTER = paths.POSTGRES / "cluster"
PORT = 5432


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server."""

    host: str
    port: str
    user: str
    password: str

    def environment(self):
        """The variables that Odoo, psql and psycopg2 read."""
        variables = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user}
        return {**variables, "PGPASSWORD": self.password} if self.password else variables


def running():
    """A server that answers now; a private cluster is made and started when none is named."""
    named = _named(os.environ)
    if named:
        _check(named)
        return named
    private = Server(str(_socket_folder()), str(PORT), ROLE, "")
    if _answers(private):
        return private
    with lock("postgres"):
        if not _answers(private):
            tools = programs.postgres_tools_installed()
            _make_cluster(tools)
            _start(tools)
            _check(private)
    return private


def stop():
    """Stop the private cluster, if it runs."""
    tools = programs.postgres_tools()
    if tools and (CLUSTER / "postmaster.pid").exists():
        step("Stop PostgreSQL")
        subprocess.run([*_as_owner(), tools / "pg_ctl", "-D", CLUSTER, "-m", "fast", "-w", "stop"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    if _socket_folder().parent != paths.POSTGRES:
        shutil.rmtree(_socket_folder(), ignore_errors=True)


def is_private():
    """Whether the server is the private cluster, not one that somebody named."""
    return _named(os.environ) is None


def restart(mode="fast"):
    """Restart the private cluster, as an administrator ("fast") or a crash ("immediate") would."""
    tools = programs.postgres_tools()
    log = paths.POSTGRES / "server.log"
    subprocess.run(
        [*_as_owner(), tools / "pg_ctl", "-D", CLUSTER, "-l", log, "-m", mode, "-w", "restart"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=True)


def query(server, statement, database="postgres"):
    """Run one SQL statement with psql; return its rows as a list of text lines."""
    answer = subprocess.run(
        [programs.psql(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database,
         "-c", statement],
        env={**os.environ, **server.environment()}, capture_output=True, text=True)
    if answer.returncode:
        raise Stop(f"PostgreSQL refused: {answer.stderr.strip()}")
    return answer.stdout.splitlines()


def _named(environment):
    if environment.get("DATABASE_URL"):
        url = urlsplit(environment["DATABASE_URL"])
        return Server(url.hostname or "localhost", str(url.port or PORT),
                      unquote(url.username or ROLE), unquote(url.password or ""))
    if environment.get("PGHOST"):
        return Server(environment["PGHOST"], environment.get("PGPORT", str(PORT)),
                      environment.get("PGUSER", ROLE), environment.get("PGPASSWORD", ""))
    return None


def _check(server):
    if server.user == "postgres":
        raise Stop("Odoo refuses to work as the database user postgres: make another role with "
                   "CREATEDB and name it in PGUSER or DATABASE_URL.")
    try:
        allowed = query(server, "SELECT rolcreatedb OR rolsuper FROM pg_roles "
                                "WHERE rolname = current_user")
    except Stop as refusal:
        raise Stop(f"The PostgreSQL server at {server.host}:{server.port} does not answer as "
                   f"{server.user}: {refusal}") from refusal
    if allowed != ["t"]:
        raise Stop(f"The database user {server.user} may not create databases: run "
                   f"ALTER ROLE {server.user} CREATEDB as the server's administrator.")


def _answers(server):
    if not (Path(server.host) / f".s.PGSQL.{PORT}").exists():
        return False
    try:
        return query(server, "SELECT 1") == ["1"]
    except Stop:
        return False


def _make_cluster(tools):
    if CLUSTER.exists():
        return
    scratch = CLUSTER.with_name("cluster.partial")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, mode=0o700)
    _give_to_owner(scratch)
    run([*_as_owner(), tools / "initdb", "-D", scratch, "-U", ROLE, "--auth=trust",
         "--encoding=UTF8", "--locale=C"], "Make a private PostgreSQL cluster", folder="/",
        advice="Remove .work/postgres and run the same command again.")
    with open(scratch / "postgresql.conf", "a") as config:
        config.write(f"{SETTINGS}unix_socket_directories = '{_socket_folder()}'\n")
    scratch.rename(CLUSTER)


def _start(tools):
    folder = _socket_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _give_to_owner(folder)
    log = paths.POSTGRES / "server.log"
    log.touch()
    _give_to_owner(log)
    run([*_as_owner(), tools / "pg_ctl", "-D", CLUSTER, "-l", log, "-w", "-t", "60", "start"],
        "Start PostgreSQL", folder="/", advice=f"Its own log is {log.relative_to(paths.ROOT)}.")


def _socket_folder():
    folder = paths.POSTGRES / "socket"
    if len(str(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    return Path(tempfile.gettempdir()) / f"exact-online-{os.getuid()}-{digest(paths.ROOT)}"


def _owner():
    """PostgreSQL does not run as root: then it runs as postgres, or as nobody. None: oneself."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _give_to_owner(path):
    owner = _owner()
    if owner:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _as_owner():
    """What to put before a command so that it runs as the cluster's owner."""
    owner = _owner()
    if not owner:
        return []
    prefix = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    if not subprocess.run([*prefix, "test", "-x", paths.POSTGRES], cwd="/").returncode:
        return prefix
    # A checkout in root's home: the owner may pass its folders without their being opened to all.
    return [*prefix, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
