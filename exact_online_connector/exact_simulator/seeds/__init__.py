# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an empty database starts with: administrations per country, with fixed codes and GUIDs.

The GUID of a seed row is uuid5 of its division, table and code, so that tests can rely on it.
"""

from .planting import NAMES, guid, plant

__all__ = ["NAMES", "guid", "plant"]
