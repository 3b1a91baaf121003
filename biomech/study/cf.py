"""Attributes of the study's datasets according to the CF conventions.

CF Metadata Conventions 1.8 (2020), https://cfconventions.org: sections 2.2 (types), 2.6 (attributes), 3.1 (units) and 3.5
(flags). Labels of quantities and frames are text, which CF takes as labels (section 6.1) and xarray as coordinates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from biomech import __version__
from biomech.study.codes import CODES

CONVENTIONS = "CF-1.8"
_INT = np.iinfo(np.int32)


def about(title: str) -> dict[str, str]:
    """Return the attributes of a dataset: what it is, made by what, after which conventions."""
    return {
        "title": title,
        "Conventions": CONVENTIONS,
        "history": f"made by biomech {__version__}; attributes `config` and `input_sha256` say how and from what",
        "source": "optical motion capture, force plates and surface electromyography",
    }


def cf_attributes(name: str, attrs: Mapping[Any, Any], dtype: Any) -> dict[Any, Any]:
    """Return the attributes of a variable as CF wants them.

    Units are those that UDUNITS knows: text has none, and no variable has a sentence for a unit (``see emg_unit``), which
    becomes its ``comment``. A number that is a code gets ``flag_values`` and ``flag_meanings``.

    Parameters
    ----------
    name : str
        Of the variable.
    attrs : mapping
        With the contract's ``units``.
    dtype : numpy.dtype
        As it is stored.
    """
    out, units = dict(attrs), str(attrs.get("units", ""))
    if not (isinstance(dtype, np.dtype) and dtype.kind in "fiub"):
        out.pop("units", None)
        return out
    if units.startswith("see "):
        del out["units"]
        out["comment"] = f"unit: {units}"
    if name in CODES:
        codes = CODES[name]
        out["flag_values"] = np.array([int(code) for code in codes], dtype=dtype)
        out["flag_meanings"] = " ".join("_".join(meaning.split()) for meaning in codes.values())
    return out


def cf_values(values: np.ndarray) -> np.ndarray:
    """Return whole numbers as 32-bit ones where they fit: CF-1.8 has no 64-bit integers (section 2.2)."""
    if values.dtype.kind not in "iu" or values.dtype.itemsize < 8:
        return values
    fits = not values.size or (values.min() >= _INT.min and values.max() <= _INT.max)
    return values.astype(np.int32 if fits else float)
