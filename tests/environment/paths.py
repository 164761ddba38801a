# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where things lie. All work lies in one folder that git ignores."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "tests" / "environment"
ADDON_NAME = "exact_online_connector"
ADDON = ROOT / ADDON_NAME

WORK = ROOT / ".work"
LOGS = WORK / "logs"
LOCKS = WORK / "locks"
TRAFFIC = WORK / "traffic"
DATA = WORK / "data"
FILESTORE = DATA / "filestore"
DEMO = WORK / "demo"
BYTECODE = WORK / "bytecode"
SCREENSHOTS = WORK / "screenshots"
POSTGRES = WORK / "postgres"
