"""Words of Motion-BIDS datasets that both the writer and the reader use."""

from __future__ import annotations

import re

MISSING = "n/a"
OPTICAL, FORCE_PLATES = "optical", "forceplates"
# reference frame of positions, and its axes in the letters of BIDS: anterior, superior, right
FRAME, SPATIAL_AXES = "global", "ASR"
# BIDS has no place for force plates: their corners are under a key of this software's in `_motion.json`
PLATES_KEY = "ForcePlates"


def alphanumeric(name: str) -> str:
    """Return a name as a BIDS label: letters and digits only."""
    return re.sub(r"[^0-9A-Za-z]", "", name)


def written(name: str) -> str:
    """Return a name in words, whose letters and digits are those of its label."""
    return name.replace("_", " ").replace("-", " ")
