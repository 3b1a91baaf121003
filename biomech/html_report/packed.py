"""Numbers inside a page: base64 binary arrays, as Plotly writes its own, and JSON that cannot end the script it stands in."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

#: Quantised: the value of a missing number. No other value is rounded to it.
MISSING = -32768
_LARGEST = 32767
_TYPES = {"f4": np.float32, "i2": np.int16}


def packed(values: ArrayLike) -> dict[str, Any]:
    """Return an array as 32-bit floats in base64, C order, little endian; missing numbers are NaN.

    Parameters
    ----------
    values : array_like
        Numbers of any shape.

    Returns
    -------
    dict
        ``dtype`` (``f4``), ``bdata`` and ``shape`` (list of int), the names of Plotly's typed arrays.
    """
    array = np.asarray(values, dtype=float)
    return {"dtype": "f4", "bdata": _text(array.astype("<f4")), "shape": list(array.shape)}


def quantised(values: ArrayLike, step: float) -> dict[str, Any]:
    """Return an array in whole steps as 16-bit integers in base64: half the size of `packed`.

    Parameters
    ----------
    values : array_like
        Numbers of any shape; `MISSING` represents those that are not finite.
    step : float
        Resolution, in the unit of the values. What lies beyond 32767 steps is missing, not cut off.

    Returns
    -------
    dict
        As `packed`, with ``dtype`` ``i2`` and ``step``.
    """
    array = np.asarray(values, dtype=float) / step
    kept = np.isfinite(array) & (np.abs(array) <= _LARGEST)
    whole = np.where(kept, np.round(np.where(kept, array, 0.0)), MISSING)
    return {"dtype": "i2", "bdata": _text(whole.astype("<i2")), "shape": list(array.shape), "step": step}


def unpacked(data: dict[str, Any]) -> np.ndarray:
    """Return the array that `packed` or `quantised` made, as the page's script does."""
    array = np.frombuffer(base64.b64decode(data["bdata"]), dtype=np.dtype(_TYPES[data["dtype"]]).newbyteorder("<"))
    values = array.astype(float).reshape(data["shape"])
    if data["dtype"] == "f4":
        return values
    return np.where(values == MISSING, np.nan, values * data["step"])


def script_json(data: Any) -> str:
    """Return JSON for a ``<script>`` element: no ``<``, ``>`` or ``&`` is left in it, so that no label can end the element.

    Raises
    ------
    ValueError
        For a number that is not finite: JSON has none.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    for sign in "<>&\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
