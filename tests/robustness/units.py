"""Situations: units of markers, plates and muscles, stated, misstated and missing."""

from __future__ import annotations

import numpy as np

from tests.robustness.draft import Draft
from tests.robustness.situation import Collection, Make

UNITS = Collection("units")
_RIGHT = ("read rightly", "repaired and named")


@UNITS.add("markers in metres, unit declared", "unit", accept=_RIGHT)
def metres(draft: Draft) -> None:
    for file in draft.files.values():
        file.points = file.points / 1000
        file.point_units = "m"
        for number, plate in enumerate(file.plates, 1):
            file.redefine(number, corners=plate.corners / 1000, origin=np.asarray(plate.origin) / 1000)


@UNITS.add("markers in cm, unit declared", "unit", accept=_RIGHT)
def centimetres(draft: Draft) -> None:
    for file in draft.files.values():
        file.points = file.points / 10
        file.point_units = "cm"
        for number, plate in enumerate(file.plates, 1):
            file.redefine(number, corners=plate.corners / 10, origin=np.asarray(plate.origin) / 10)


def labelled(unit: str) -> Make:
    def make(draft: Draft) -> None:
        for file in draft.files.values():
            file.point_units = unit

    make.__name__ = f"mm_labelled_{unit}"
    return make


_UNIT = r"unit|POINT:UNITS"
for _unit in ("cm", "m", "in", ""):
    UNITS.add(f"markers in mm, labelled {_unit or 'with nothing'}", _UNIT, must_name=bool(_unit))(labelled(_unit))


@UNITS.add("markers in inches, labelled mm", _UNIT, must_name=True)
def inches_labelled_mm(draft: Draft) -> None:
    for file in draft.files.values():
        file.points = file.points / 25.4


@UNITS.add("plate corners in metres, markers in mm", r"corner|unit|plate", must_name=True)
def corners_in_metres(draft: Draft) -> None:
    for number, plate in enumerate(list(draft.walk.plates), 1):
        draft.walk.redefine(number, corners=plate.corners / 1000)


def _force_unit(force: str, moment: str, per_n: float, per_nmm: float) -> Make:
    def make(draft: Draft) -> None:
        file = draft.walk
        for number in (1, 2):
            file.plate(number)[:, :3] *= per_n
            file.plate(number)[:, 3:] *= per_nmm
        file.units = [force] * 3 + [moment] * 3
        file.units *= 2

    make.__name__ = f"force_in_{force}_{moment}"
    return make


_NMM_PER_LBF_IN, _N_PER_LBF = 112.984829, 4.4482216
for _force, _moment, _per_n, _per_nmm in (
    ("kN", "kNm", 1e-3, 1e-6),
    ("lbf", "in·lbf", 1 / _N_PER_LBF, 1 / _NMM_PER_LBF_IN),
    ("lbs", "in-lbs", 1 / _N_PER_LBF, 1 / _NMM_PER_LBF_IN),
    ("Newton", "N.m", 1.0, 1e-3),
    ("Newtons", "Newton-meter", 1.0, 1e-3),
    ("N", "N*mm", 1.0, 1.0),
):
    UNITS.add(f"plate channels in {_force} and {_moment}", "unit")(_force_unit(_force, _moment, _per_n, _per_nmm))

for _force, _moment in (("V", "V"), ("counts", "counts"), ("mV", "mV")):
    UNITS.add(f"channels of a plate of type 2 labelled {_force}", r"unit", must_name=True)(
        _force_unit(_force, _moment, 1.0, 1.0)
    )


@UNITS.add("channels of a plate without a unit", "unit")
def no_force_unit(draft: Draft) -> None:
    draft.walk.units = [""] * 12


@UNITS.add("moments in N·m, labelled N·mm", r"moment.*unit|unit.*moment", must_name=True)
def nm_labelled_nmm(draft: Draft) -> None:
    for number in (1, 2):
        draft.walk.plate(number)[:, 3:] /= 1000


@UNITS.add("moments in N·mm, labelled N·m", r"moment.*unit|unit.*moment", must_name=True)
def nmm_labelled_nm(draft: Draft) -> None:
    draft.walk.units = (["N"] * 3 + ["Nm"] * 3) * 2


@UNITS.add("ORIGIN of the plates in metres", r"origin", ignore="moment")
def origin_in_metres(draft: Draft) -> None:
    for number, plate in enumerate(list(draft.walk.plates), 1):
        draft.walk.redefine(number, origin=np.asarray(plate.origin) / 1000)


def _emg_unit(unit: str, factor: float) -> Make:
    def make(draft: Draft) -> None:
        file = draft.files["squat-right"]
        for name in ("LGMED", "RGMED"):
            file.channel(name)[:] *= factor
            file.units[file.channels.index(name)] = unit

    make.__name__ = f"emg_in_{unit}"
    return make


for _unit, _factor in (("millivolt", 1e3), ("mVolt", 1e3), ("µV", 1e6), ("uV", 1e6)):
    UNITS.add(f"EMG in {_unit}", "unit", base="squat", accept=_RIGHT)(_emg_unit(_unit, _factor))
