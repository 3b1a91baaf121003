"""Codes and levels: meaning of coded values, and levels of a factor in a study."""

from __future__ import annotations

import numpy as np
import xarray as xr

from biomech.tasks import TASKS

# Closed lists, in the order in which an analysis wants them; every value that can occur is here.
CODES: dict[str, dict[str, str]] = {
    "side": {"left": "", "right": "", "both": "of the two legs together (metrics only)"},
    "sex": {"female": "", "male": "", "unknown": ""},
    "dominant_side": {"left": "", "right": ""},
    "event_source": {
        "force": "from a force plate",
        "c3d": "stored in the recording",
        "kinematic": "from trajectories",
    },
    "moment_valid": {"0": "a contact without a valid plate", "1": "every contact has a valid plate"},
    "contact": {"0": "swing", "1": "on a valid plate", "2": "stance without a valid plate"},
    "frame": {
        "jcs": "joint coordinate system",
        "proximal": "axes of the proximal segment",
        "distal": "axes of the distal segment",
        "lab": "progression: forward, up, lateral",
    },
    "level": {"info": "something was done", "warning": "a value is there, but doubtful", "error": "given up"},
}
# Free-text columns that are not factors.
NO_FACTORS = ("cycle", "trial", "moment_reason", "reason", "metric", "unit", "participant")
MOST_LEVELS = 30


def levels(name: str, study: xr.Dataset) -> str:
    """Return the levels of a column or coordinate, ``code = meaning`` or ``code``, separated by ``; ``.

    Parameters
    ----------
    name : str
        Name of the column.
    study : xr.Dataset
        All cycles: levels of free columns are those that occur, in the order in which they first appear.

    Returns
    -------
    str
        Empty for what is not a factor.
    """
    if name in CODES:
        return "; ".join(f"{code} = {meaning}" if meaning else code for code, meaning in CODES[name].items())
    if name in NO_FACTORS or name not in study.coords or study[name].dims != ("cycle",):
        return ""
    values = study[name].to_numpy()
    if values.dtype.kind not in "UOT":
        return ""
    found = [str(value) for value in dict.fromkeys(np.asarray(values, dtype=object).tolist()) if str(value)]
    if not found or len(found) > MOST_LEVELS:
        return ""
    if name == "task":
        return "; ".join(f"{task} = {TASKS[task].title}" if task in TASKS else task for task in found)
    return "; ".join(found)
