"""Situations: what C3D files of other writers look like, and what happens to files."""

from __future__ import annotations

import numpy as np

from tests.robustness.draft import Draft
from tests.robustness.recording import put, record_of, renamed, resaved, restored, valued
from tests.robustness.situation import Collection, Make

READING = Collection("reading C3D")
VALUES = Collection("missing values")
_RIGHT = ("read rightly", "repaired and named")
_FRAMES = r"frames_disagree|POINT:FRAMES|number of frames|frames (in|of) the header|header.*frames|file size|truncat|cut off|shorter"
_START = r"DATA_START|data start|start of the data|begin of the data"
_N_SHORT = 200
# places of the header: Motion Lab Systems, The C3D File Format
_LAST_FRAME, _DATA_START, _RATE, _N_POINTS = 8, 16, 20, 2


@READING.add("both files opened and saved by ezc3d", "ezc3d", accept=_RIGHT)
def saved_by_ezc3d(draft: Draft) -> None:
    draft.after.append(lambda study: [resaved(study / "data" / f"{name}.c3d") for name in ("static", "walk1")] and None)


@READING.add("ANALOG:BITS is empty in a file of floats (ezc3d)", "BITS", accept=_RIGHT)
def analog_bits_empty(draft: Draft) -> None:
    draft.walk.set("ANALOG", BITS=np.zeros(0, dtype=int))


@READING.add("a text parameter without dimensions", "SUBJECTS|text", accept=_RIGHT)
def scalar_text(draft: Draft) -> None:
    draft.walk.set("SUBJECTS", MARK=["X"])

    def patch(content: bytes) -> bytes:
        at = record_of(content, "SUBJECTS", "MARK") + 2 + 4 + 2
        return content[:at] + bytes([255, 0, ord("X"), 2]) + b"  " + content[at + 6 :]

    draft.walk.patches.append(patch)


@READING.add("parameter ANALOG:Scale in mixed case", "ANALOG:SCALE")
def mixed_case_scale(draft: Draft) -> None:
    draft.walk.patches.append(renamed("ANALOG", "SCALE", "Scale"))


@READING.add("group Force_platform in mixed case", "FORCE_PLATFORM", accept=_RIGHT)
def mixed_case_plates(draft: Draft) -> None:
    draft.walk.patches.append(renamed("FORCE_PLATFORM", None, "Force_platform"))


@READING.add("parameter FORCE_PLATFORM:corners in lower case", "corners", accept=_RIGHT)
def lower_case_corners(draft: Draft) -> None:
    draft.walk.patches.append(renamed("FORCE_PLATFORM", "CORNERS", "corners"))


@READING.add("parameter point:labels in lower case", "label", accept=_RIGHT)
def lower_case_labels(draft: Draft) -> None:
    draft.walk.patches.append(renamed("POINT", "LABELS", "labels"))


@READING.add("group point in lower case", "POINT", accept=_RIGHT)
def lower_case_point(draft: Draft) -> None:
    draft.walk.patches.append(renamed("POINT", None, "Point"))


@READING.add("ANALOG:SCALE is missing", r"scale", must_name=True)
def scale_missing(draft: Draft) -> None:
    draft.walk.analog *= 10
    draft.walk.patches.append(renamed("ANALOG", "SCALE", "XCALE"))


@READING.add("ANALOG:GEN_SCALE is missing", r"GEN_SCALE|scale", must_name=True)
def gen_scale_missing(draft: Draft) -> None:
    draft.walk.analog *= 2
    draft.walk.patches.append(renamed("ANALOG", "GEN_SCALE", "GEN_XXXXX"))


@READING.add("ANALOG:OFFSET is missing", r"offset", must_name=True)
def offset_missing(draft: Draft) -> None:
    draft.walk.analog += 300
    draft.walk.patches.append(renamed("ANALOG", "OFFSET", "XFFSET"))


@READING.add("ANALOG:SCALE holds zeros", r"scale", must_name=True)
def scale_zero(draft: Draft) -> None:
    draft.walk.set("ANALOG", SCALE=np.zeros(12))


@READING.add("the header counts fewer frames than POINT:FRAMES", _FRAMES, must_name=True)
def header_short(draft: Draft) -> None:
    draft.walk.patches.append(put(_LAST_FRAME, "H", _N_SHORT))


@READING.add("POINT:FRAMES counts fewer frames than the header", _FRAMES, must_name=True)
def parameter_short(draft: Draft) -> None:
    draft.walk.patches.append(valued("POINT", "FRAMES", "H", _N_SHORT))


@READING.add("header and POINT:FRAMES count fewer frames than the file holds", _FRAMES, must_name=True)
def both_short(draft: Draft) -> None:
    draft.walk.patches += [put(_LAST_FRAME, "H", _N_SHORT), valued("POINT", "FRAMES", "H", _N_SHORT)]
    draft.walk.set("TRIAL", ACTUAL_END_FIELD=[_N_SHORT, 0])


@READING.add("the header counts more frames than the file holds", _FRAMES, must_name=True)
def both_long(draft: Draft) -> None:
    draft.walk.patches += [put(_LAST_FRAME, "H", 600), valued("POINT", "FRAMES", "H", 600)]


@READING.add("the header's data start is wrong", _START)
def header_start(draft: Draft) -> None:
    draft.walk.patches.append(put(_DATA_START, "H", 2))


@READING.add("POINT:DATA_START is wrong", _START)
def parameter_start(draft: Draft) -> None:
    draft.walk.patches.append(valued("POINT", "DATA_START", "H", 2))


@READING.add("rate of 0 Hz", r"rate")
def rate_zero(draft: Draft) -> None:
    draft.walk.patches += [put(_RATE, "f", 0.0), valued("POINT", "RATE", "f", 0.0)]


@READING.add("rate of 1,000,000 Hz", r"rate")
def rate_huge(draft: Draft) -> None:
    draft.walk.patches += [put(_RATE, "f", 1e6), valued("POINT", "RATE", "f", 1e6), valued("ANALOG", "RATE", "f", 1e7)]


@READING.add("the header's rate is not POINT:RATE", r"rate", must_name=True)
def rates_differ(draft: Draft) -> None:
    draft.walk.patches.append(put(_RATE, "f", 120.0))


@READING.add("analog rate that is not a multiple of the markers'", r"rate")
def analog_rate_odd(draft: Draft) -> None:
    draft.walk.patches.append(valued("ANALOG", "RATE", "f", 955.0))


@READING.add("POINT:USED is not the header's number of points", r"POINT:USED|number of (points|markers)|points")
def points_differ(draft: Draft) -> None:
    draft.walk.patches.append(put(_N_POINTS, "H", 40))


@READING.add("ANALOG:USED is not the header's number of channels", r"ANALOG:USED|channels|analog")
def channels_differ(draft: Draft) -> None:
    draft.walk.patches.append(valued("ANALOG", "USED", "H", 6))


@READING.add("first frame beyond 65,535, events in the file", "frame", base="walk_with_events", accept=_RIGHT)
def first_frame_70000(draft: Draft) -> None:
    draft.walk.first_frame = 70_000


@READING.add("events after one minute", "event", base="walk_with_events", accept=_RIGHT)
def events_after_a_minute(draft: Draft) -> None:
    draft.walk.first_frame = 7_001
    draft.option("cycles", event_sources=["c3d"])


@READING.add("the file ends in the middle", _FRAMES)
def truncated(draft: Draft) -> None:
    draft.walk.patches.append(lambda content: content[: len(content) // 2])


@READING.add("three blocks of zeros after the last frame", _FRAMES)
def padded(draft: Draft) -> None:
    draft.walk.patches.append(lambda content: content + bytes(3 * 512))


@READING.add("an empty file", r"empty|0 bytes")
def empty(draft: Draft) -> None:
    draft.walk.patches.append(lambda content: b"")


@READING.add("a text file under the name of a recording", r"not a C3D|no C3D|C3D")
def no_c3d(draft: Draft) -> None:
    draft.walk.patches.append(lambda content: b"time\tLASI\n0.00\t12.3\n" * 100)


@READING.add("a recording that is not there", r"does not exist|not found|missing")
def absent(draft: Draft) -> None:
    draft.after.append(lambda study: (study / "data" / "walk1.c3d").unlink())


@READING.add("more than 255 labels", "label", accept=_RIGHT)
def many_labels(draft: Draft) -> None:
    file, more = draft.walk, 260
    file.labels = [f"X{i}" for i in range(more)] + file.labels
    file.points = np.concatenate([np.full((len(file.points), more, 3), np.nan), file.points], axis=1)


@READING.add("labels with the subject's name before them", "label|subject", accept=_RIGHT)
def prefixed_labels(draft: Draft) -> None:
    for file in draft.files.values():
        file.labels = [f"Anna:{label}" for label in file.labels]


@READING.add("one label twice", r"twice|double|duplicate|several", must_name=True)
def label_twice(draft: Draft) -> None:
    draft.walk.labels[draft.walk.labels.index("RNAV")] = "LTH1"


@READING.add("ANALOG:RATE is missing (Xsens)", r"rate")
def analog_rate_missing(draft: Draft) -> None:
    draft.walk.patches.append(renamed("ANALOG", "RATE", "XATE"))


@READING.add("ANALOG:LABELS is missing", r"label|channel")
def analog_labels_missing(draft: Draft) -> None:
    draft.walk.patches.append(renamed("ANALOG", "LABELS", "XABELS"))


@READING.add("ANALOG:OFFSET and SCALE that are not 0 and 1", "offset", accept=("read rightly",))
def offset_and_scale(draft: Draft) -> None:
    draft.walk.analog = draft.walk.analog * 10 + 300
    draft.walk.set("ANALOG", SCALE=np.full(12, 0.1), OFFSET=np.full(12, 300))


@READING.add("a channel whose unit is not ASCII (°/s)", "unit", accept=_RIGHT)
def unit_not_ascii(draft: Draft) -> None:
    file = draft.walk
    file.analog = np.concatenate([file.analog, np.zeros((len(file.analog), 1))], axis=1)
    file.channels.append("gyro")
    file.units.append("°/s")


@READING.add("the static faces the other way than the walk", "static|direction", accept=_RIGHT)
def static_faces_back(draft: Draft) -> None:
    draft.static.points = draft.static.points * [-1, -1, 1]


@READING.add("model outputs among the points", "output", accept=_RIGHT)
def model_outputs(draft: Draft) -> None:
    file = draft.walk
    file.labels += ["LKneeAngles", "RKneeAngles"]
    file.groups = {"ANGLES": ["LKneeAngles", "RKneeAngles"]}
    file.points = np.concatenate([file.points, np.full((len(file.points), 2, 3), 37.0)], axis=1)


@READING.add("a lab with Y up whose config says so", "lab", accept=_RIGHT)
def y_up(draft: Draft) -> None:
    turn = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # stored Z becomes Y
    for file in draft.files.values():
        file.points = file.points @ turn.T
        for number, plate in enumerate(file.plates, 1):
            file.redefine(number, corners=plate.corners @ turn.T)
    draft.option("lab", up="+y", forward="+x")


def _stored_as(processor: int, real: bool, bits: int = 0) -> Make:
    def make(draft: Draft) -> None:
        draft.walk.patches.append(restored(processor, real))

    make.__name__ = f"stored_{'real' if real else 'whole'}_{processor}"
    return make


for _name, _processor, _real in (
    ("whole numbers, Intel", 84, False),
    ("whole numbers, DEC", 85, False),
    ("whole numbers, MIPS", 86, False),
    ("floating-point numbers, DEC", 85, True),
    ("floating-point numbers, MIPS", 86, True),
):
    READING.add(f"the walk stored as {_name}", "processor|numbers", accept=_RIGHT)(_stored_as(_processor, _real))


@READING.add("whole numbers of a walk cut off in the middle", _FRAMES)
def whole_truncated(draft: Draft) -> None:
    draft.walk.patches += [restored(84, False), lambda content: content[: len(content) // 2]]


# --- missing values


def _constant(value: float) -> Make:
    def make(draft: Draft) -> None:
        draft.walk.marker("LTH1")[150:170] = value

    make.__name__ = f"missing_as_{value:g}".replace("-", "minus_")
    return make


for _value in (-9999.0, 9999.0, 999999.0, 0.0):
    VALUES.add(
        f"a hidden marker stored as {_value:g}",
        r"missing value|stands? for|zeros_missing|constant|9999",
        must_name=True,
    )(_constant(_value))


@VALUES.add(
    "a hidden marker keeps its last value",
    r"(frozen|repeat|constant|still|stands).*TH2|TH2.*(frozen|repeat|constant|filled|outlier)",
    must_name=True,
)
def last_value(draft: Draft) -> None:
    draft.walk.marker("RTH2")[150:175] = draft.walk.marker("RTH2")[149]


@VALUES.add("markers stored as NaN with a good residual", r"filled|missing|gap", accept=_RIGHT)
def nan_points(draft: Draft) -> None:
    draft.walk.marker("RSK2")[100:108] = np.nan


@VALUES.add("the last frames of all markers are zeros", r"missing|zero|frames", shift_s=0.0)
def zero_end(draft: Draft) -> None:
    draft.walk.points[-20:] = 0.0
