# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""python3 -m tests.environment <verb>, where verb is one of those that `make help` lists."""

import os
import subprocess
import sys

NEEDED = ((3, 10), (3, 13))


def use_a_fitting_python():
    """Go on with a Python that Odoo 19 runs on, or say which one to install."""
    if NEEDED[0] <= sys.version_info[:2] <= NEEDED[1]:
        return
    for minor in range(NEEDED[1][1], NEEDED[0][1] - 1, -1):
        name = "python3.%d" % minor
        try:
            with open(os.devnull, "w") as nowhere:
                found = subprocess.call([name, "-c", ""], stderr=nowhere) == 0
        except OSError:
            found = False
        if found:
            os.execvp(name, [name, "-m", "tests.environment"] + sys.argv[1:])
    sys.exit("Odoo 19 needs Python 3.10 to 3.13 and this is %d.%d: install one of those, or name "
             "it with PYTHON=<its path>." % sys.version_info[:2])


if __name__ == "__main__":
    use_a_fitting_python()
    from tests.environment.verbs import main

    sys.exit(main(sys.argv[1:]))
