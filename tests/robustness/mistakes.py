"""The mistakes that labs make, one each: every one of them should be noticed by a row that names it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.robustness import events, markers, plates, subject, units
from tests.robustness.draft import Draft
from tests.robustness.recording import valued
from tests.robustness.situation import Collection

MISTAKES = Collection("mistakes of labs")
_BOTH, _WALK, _STATIC = ("static", "walk1"), ("walk1",), ("static",)
_SWAP = r"exchanged|swap|mirror|left and right|[xz] axis|medial"


def _add(title: str, names: str, make: Callable[[Draft], object], name: str, base: str = "walk") -> None:
    def named(draft: Draft) -> None:
        make(draft)

    named.__name__ = name
    MISTAKES.add(title, names, base=base, must_name=True)(named)


# labels exchanged: what, in which trials, pairs
for _where, _trials, _pairs in (
    ("walk", _WALK, ("LTH1 LTH2",)),
    ("walk", _WALK, ("RSK1 RSK3",)),
    ("walk", _WALK, ("LSK1 LTT",)),
    ("walk", _WALK, ("LM1 LM5",)),
    ("walk", _WALK, ("LTH4 RTH4",)),
    ("walk", _WALK, ("LPSI RPSI",)),
    ("walk", _WALK, ("LASI RASI", "LPSI RPSI")),
    ("static", _STATIC, ("RLFE RMFE",)),
    ("static", _STATIC, ("LLM LMM",)),
    ("static", _STATIC, ("LLFE RLFE", "LMFE RMFE")),
    ("static", _STATIC, ("RM1 RM5",)),
    ("static and walk", _BOTH, ("LASI RASI",)),
    ("static and walk", _BOTH, ("LASI LPSI", "RASI RPSI")),
    ("static and walk", _BOTH, ("LCALP LCALD",)),
    ("static and walk", _BOTH, ("RM1 RM5",)),
):

    def _exchange(draft: Draft, trials: tuple[str, ...] = _trials, pairs: tuple[str, ...] = _pairs) -> None:
        for trial in trials:
            for pair in pairs:
                draft.files[trial].exchange(*pair.split())

    _text = " and ".join(pair.replace(" ", " with ") for pair in _pairs)
    _add(
        f"{_text} exchanged in {_where}",
        _SWAP,
        _exchange,
        f"exchanged_{_pairs[0].replace(' ', '_')}_{_trials[0]}_{len(_trials)}",
    )


def _all_sides(draft: Draft) -> None:
    other = {"L": "R", "R": "L"}
    for file in draft.files.values():
        file.labels = [other[label[0]] + label[1:] if label[0] in other else label for label in file.labels]


_add("left and right exchanged everywhere", _SWAP + r"|backward|facing", _all_sides, "all_sides")


# plates
def _corners_exchanged(draft: Draft) -> None:
    one, other = draft.walk.plates
    draft.walk.redefine(1, corners=other.corners)
    draft.walk.redefine(2, corners=one.corners)


def _old_layout(draft: Draft) -> None:
    for number, plate in enumerate(list(draft.walk.plates), 1):
        draft.walk.redefine(number, corners=np.add(plate.corners, [700, 0, 0]))


_PLATE = r"corner|turned|displaced|exchanged|off_foot|no load"
_add("channels of two plates exchanged", _PLATE, plates.plates_exchanged, "plates_exchanged")
_add("corners of two plates exchanged", _PLATE, _corners_exchanged, "corners_exchanged")
_add("plates turned by 180 degrees", _PLATE + "|shear", plates.plate_turned, "plates_turned")
_add("a plate turned by 90 degrees", _PLATE + "|shear", plates.plate_turned_90, "plate_turned_90")
_add("corners in the wrong order", r"corner|mirror", plates.corners_mirrored, "corners_mirrored")
_add("corners of the lab before the plates were moved", _PLATE, _old_layout, "old_layout")


# gains
def _gain(columns: slice, factor: float, numbers: tuple[int, ...] = (1, 2)) -> Callable[[Draft], None]:
    def make(draft: Draft) -> None:
        for number in numbers:
            draft.walk.plate(number)[:, columns] *= factor

    return make


_WEIGHT = r"mass|body.?weight|gain|factor|unit|scale"
_ALL, _FZ, _MX, _M = slice(0, 6), slice(2, 3), slice(3, 4), slice(3, 6)
for _title, _columns, _factor, _numbers, _names in (
    ("forces times 2", _ALL, 2.0, (1, 2), _WEIGHT),
    ("forces times 0.5", _ALL, 0.5, (1, 2), _WEIGHT),
    ("forces times -1", _ALL, -1.0, (1, 2), r"sign|turned"),
    ("forces times 9.81", _ALL, 9.81, (1, 2), _WEIGHT),
    ("forces in kg (divided by 9.81)", _ALL, 1 / 9.81, (1, 2), _WEIGHT),
    ("forces in pounds", _ALL, 1 / 4.448, (1, 2), _WEIGHT),
    ("gain of one plate times 1.5", _ALL, 1.5, (2,), _WEIGHT),
    ("gain of Fz times 1.5", _FZ, 1.5, (1, 2), _WEIGHT),
    ("gain of Mx times 2", _MX, 2.0, (1, 2), _PLATE + r"|moment|gain|sole"),
    ("moments times 10 (cm for mm)", _M, 10.0, (1, 2), r"moment|unit|gain|outside"),
):
    _add(_title, _names, _gain(_columns, _factor, _numbers), _title.replace(" ", "_"))

# units, axes, rates
_add("markers in mm, labelled cm", r"unit", units.labelled("cm"), "mm_labelled_cm")
_add(
    "forces in N, labelled kN",
    r"unit|mass|body.?weight",
    lambda draft: setattr(draft.walk, "units", (["kN"] * 3 + ["Nmm"] * 3) * 2),
    "n_labelled_kn",
)
_add("moments in N·m, labelled N·mm", r"moment.*unit|unit.*moment", units.nm_labelled_nmm, "nm_labelled_nmm")
_add("up is +y in the config, +z in the file", r"\bup\b|lab_axes|lab\.|\blab\b", subject.up_wrong, "up_wrong")
_add("up is -z in the config", r"\bup\b|lab_axes|lab\.|\blab\b", lambda draft: draft.option("lab", up="-z"), "up_down")
_add("the lab is mirrored", r"mirror|[xyz] axis|axes|left-handed|left and right", markers.mirrored_lab, "mirrored")
_add("100 Hz stored as 200 Hz", r"rate|cadence", events.stored_rate(200.0), "rate_double")
_add("100 Hz stored as 50 Hz", r"rate|cadence", events.stored_rate(50.0), "rate_half")
_add(
    "analog rate of 500 for 1000 Hz",
    r"rate",
    lambda draft: draft.walk.patches.append(valued("ANALOG", "RATE", "f", 500.0)),
    "analog_rate",
)


# people and sheets
def _person(**cells: object) -> Callable[[Draft], None]:
    return lambda draft: draft.person.update(cells)


_MASS, _HEIGHT = r"mass|body.?weight", r"height|stature"
_add("mass 85 for 65.5 kg", _MASS, _person(mass_kg=85), "mass_85")
_add("mass in pounds", _MASS, _person(mass_kg=144.4), "mass_pounds")
_add("height 1.95 for 1.70 m", _HEIGHT, _person(height_m=1.95), "height_195")
_add("height 1.50 for 1.70 m", _HEIGHT, _person(height_m=1.50), "height_150")
_add(
    "mass and height in each other's column",
    r"mass_kg|height_m",
    _person(mass_kg=1.7, height_m=65.5),
    "columns_exchanged",
)
_add("static of another person", subject.ELSE, subject.static_of_another, "static_of_another")
_add("walk of another person", subject.ELSE, subject.walk_of_another, "walk_of_another")
_add("all recordings of another person", _MASS + "|" + _HEIGHT, subject.all_of_another, "all_of_another")
_add(
    "one file under two trials", r"same (recording|file|content)|identical|twice|copy", subject.walk_twice, "file_twice"
)
_add("wrong footwear in the sheet", r"footwear", lambda draft: draft.rows["walk1"].update(footwear="shod"), "footwear")
_add("wrong side in the sheet", r"side", subject.wrong_side, "side", base="squat")
_add(
    "static and walk in each other's row",
    r"static|still|moves|missing|MFE",
    lambda draft: _rows_exchanged(draft),
    "rows_exchanged",
)
_add("sides of the events exchanged", r"event", events.sides_exchanged, "event_sides", base="walk_with_events")


def _rows_exchanged(draft: Draft) -> None:
    one, other = draft.rows["static"], draft.rows["walk1"]
    one["file"], other["file"] = other["file"], one["file"]


assert len(MISTAKES) == 54, len(MISTAKES)
