"""Units as recording systems spell them, with factors to SI."""

from __future__ import annotations

import re
from typing import NamedTuple


class Unit(NamedTuple):
    """What a unit measures and how much of the SI unit it is.

    Attributes
    ----------
    kind : str
        force, moment, voltage or length.
    si : float
        N, N·m, V or m per unit.
    """

    kind: str
    si: float


_POUND_N = 4.4482216152605  # NIST SP 811 (2008), appendix B.8
_KILOPOND_N = 9.80665
_INCH_M = 0.0254
_LENGTHS = {
    "mm": 1e-3,
    "millimeter": 1e-3,
    "cm": 1e-2,
    "centimeter": 1e-2,
    "m": 1.0,
    "mete": 1.0,  # labels of four characters
    "meter": 1.0,
    "in": _INCH_M,
    "inch": _INCH_M,
    "ft": 12 * _INCH_M,
    "foot": 12 * _INCH_M,
}
_FORCES = {
    "n": 1.0,
    "nt": 1.0,
    "newt": 1.0,
    "newton": 1.0,
    "kn": 1e3,
    "kilonewton": 1e3,
    "mn": 1e-3,
    "millinewton": 1e-3,
    "lb": _POUND_N,
    "lbf": _POUND_N,
    "pound": _POUND_N,
    "poundforce": _POUND_N,
    "kgf": _KILOPOND_N,
    "kp": _KILOPOND_N,
}
_VOLTS = {
    "v": 1.0,
    "volt": 1.0,
    "mv": 1e-3,
    "mvolt": 1e-3,
    "millivolt": 1e-3,
    "uv": 1e-6,
    "uvolt": 1e-6,
    "microvolt": 1e-6,
    "nv": 1e-9,
    "nanovolt": 1e-9,
}


def _table() -> dict[str, Unit]:
    units = {name: Unit("length", si) for name, si in _LENGTHS.items()}
    units |= {name: Unit("voltage", si) for name, si in _VOLTS.items()}
    for force, newtons in _FORCES.items():
        for length, metres in _LENGTHS.items():
            moment = Unit("moment", newtons * metres)
            units |= {force + length: moment, length + force: moment}
    # last: `mN` is a millinewton, and a metre comes after its newton as a rule
    return units | {name: Unit("force", si) for name, si in _FORCES.items()}


_UNITS = _table()
# from plural and British spelling to the words of the table
_SPELLINGS = (("metre", "meter"), ("inches", "inch"), ("feet", "foot"), ("lbs", "lb"))
_PLURAL = re.compile(r"(newton|pound|meter|volt)s")


def unit_of(text: str) -> Unit | None:
    """Return what a unit's text means; None for one that is not known, an empty one included.

    Upper and lower case, blanks, dots, hyphens and other signs of multiplication, British spelling and plurals do not
    matter: ``N.m``, ``N-M``, ``Newton metres`` and ``Nm`` are one unit.

    Parameters
    ----------
    text : str
        As stored, for example in ANALOG:UNITS.

    Returns
    -------
    Unit or None
    """
    # micro sign and Greek mu; a slash or an exponent makes another unit and stays
    word = re.sub(r"[\s.·⋅*×_\-()]", "", text.strip().casefold().replace("µ", "u").replace("μ", "u"))
    for old, new in _SPELLINGS:
        word = word.replace(old, new)
    return _UNITS.get(_PLURAL.sub(r"\1", word))
