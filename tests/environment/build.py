# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Steps that are done once, survive an interruption, and are redone when what went in changed."""

import contextlib
import fcntl
import hashlib
import shutil
import tempfile
from pathlib import Path

from . import paths

NOT_PART_OF_A_SOURCE = {"__pycache__", "tests"}


def digest(*parts):
    """Ten hexadecimal digits that change with any of `parts` (text, or paths of files to read)."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if hasattr(part, "read_bytes") else str(part).encode()
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()[:10]


def tree_digest(folder, ignored=frozenset(NOT_PART_OF_A_SOURCE)):
    """Digest of the names and contents of all files under `folder`, without tests and bytecode."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not ignored.intersection(path.relative_to(folder).parts)
    )
    return digest(*[part for path in files for part in (str(path.relative_to(folder)), path)])


@contextlib.contextmanager
def lock(name):
    """Let one process at a time do the step `name`; the others wait."""
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    with open(paths.LOCKS / name, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build_once(target, build):
    """Return the folder `target`; when it is not there, `build(scratch)` makes it.

    `build` works in a scratch folder that becomes `target` by a rename, so `target` is complete
    or absent, whatever interrupts it.
    """
    if target.exists():
        return target
    with lock(target.name):
        if target.exists():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in target.parent.glob(f"{target.name}.partial-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        # A new name each time: a killed unpacking may go on writing into the old one for a while.
        scratch = Path(tempfile.mkdtemp(prefix=f"{target.name}.partial-", dir=target.parent))
        scratch.chmod(0o755)
        build(scratch)
        scratch.rename(target)
    return target
