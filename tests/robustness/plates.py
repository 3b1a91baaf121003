"""Situations: force plates, their definition and their channels."""

from __future__ import annotations

import numpy as np

from tests.robustness.draft import Draft
from tests.robustness.recording import valued
from tests.robustness.situation import Collection, Make

PLATES = Collection("force plates")
SIGNALS = Collection("plate signals")
ON_1, ON_2 = 1150, 1700  # samples in the middle of the steps on plate 1 (right) and plate 2 (left)


@PLATES.add("corners in the other sense: the plate's z axis points up", r"corner|mirror", must_name=True)
def corners_mirrored(draft: Draft) -> None:
    for number, plate in enumerate(list(draft.walk.plates), 1):
        draft.walk.redefine(number, corners=np.asarray(plate.corners)[[1, 0, 3, 2]])


@PLATES.add(
    "corners begin on the other side: the plate is turned by 180 degrees", r"turned|corner|shear|180", must_name=True
)
def plate_turned(draft: Draft) -> None:
    for number, plate in enumerate(list(draft.walk.plates), 1):
        draft.walk.redefine(number, corners=np.asarray(plate.corners)[[2, 3, 0, 1]])


@PLATES.add("corners begin one too late: the plate is turned by 90 degrees", r"turned|corner|shear|90", must_name=True)
def plate_turned_90(draft: Draft) -> None:
    draft.walk.redefine(1, corners=np.asarray(draft.walk.plates[0].corners)[[1, 2, 3, 0]])


def _moved(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Make:
    def make(draft: Draft) -> None:
        for number, plate in enumerate(list(draft.walk.plates), 1):
            draft.walk.redefine(number, corners=np.add(plate.corners, [x, y, z]))

    make.__name__ = f"plates_moved_{x:g}_{y:g}_{z:g}_mm"
    return make


PLATES.add("plates displaced sideways by 60 mm", r"displaced|corner|sole|off_foot", must_name=True)(_moved(y=60))
PLATES.add("plates displaced forward by 150 mm", r"displaced|corner|sole|off_foot", must_name=True)(_moved(x=150))
PLATES.add("corners 60 mm above the soles", r"above|height|corner", must_name=True)(_moved(z=60))
PLATES.add("corners 80 mm below the soles", r"below|height|corner", must_name=True)(_moved(z=-80))


@PLATES.add("channels of the two plates exchanged", r"exchanged|corner|swap|plate.*no load|off_foot", must_name=True)
def plates_exchanged(draft: Draft) -> None:
    one, other = draft.walk.plates
    draft.walk.redefine(1, channels=other.channels)
    draft.walk.redefine(2, channels=one.channels)


@PLATES.add(
    "all channels of a plate with the other sign",
    r"sign|turned|direction",
    accept=("repaired and named", "warned", "refused with reason"),
)
def plate_sign(draft: Draft) -> None:
    for number in (1, 2):
        draft.walk.plate(number)[:] *= -1


@PLATES.add("fore-aft and sideways force with the other sign", r"shear|sign|brak|propel", must_name=True)
def shear_sign(draft: Draft) -> None:
    for number in (1, 2):
        draft.walk.plate(number)[:, :2] *= -1


@PLATES.add("Fx and Fy, Mx and My exchanged", r"shear|turned|exchanged|corner|channel", must_name=True)
def channels_exchanged(draft: Draft) -> None:
    draft.walk.redefine(1, channels=[2, 1, 3, 5, 4, 6])


@PLATES.add("ORIGIN with z upwards", r"origin", accept=("repaired and named", "warned", "refused with reason"))
def origin_up(draft: Draft) -> None:
    for number, plate in enumerate(list(draft.walk.plates), 1):
        draft.walk.redefine(number, origin=-np.asarray(plate.origin))


@PLATES.add("a plate of a type that is not known, next to a good one", r"type")
def unknown_type(draft: Draft) -> None:
    draft.walk.redefine(2, type=9)


@PLATES.add("CHANNEL names channels that the file does not have", r"channel")
def absent_channels(draft: Draft) -> None:
    draft.walk.patches.append(valued("FORCE_PLATFORM", "CHANNEL", "12H", *range(31, 43)))


@PLATES.add("USED counts more plates than are described", r"plate|USED")
def more_plates(draft: Draft) -> None:
    draft.walk.patches.append(valued("FORCE_PLATFORM", "USED", "H", 3))


@PLATES.add("FORCE_PLATFORM:ZERO names frames in which somebody stands on the plate", r"ZERO|zero|offset|unloaded")
def zero_in_stance(draft: Draft) -> None:
    draft.walk.set("FORCE_PLATFORM", ZERO=[ON_1 // 10, ON_1 // 10 + 15])


_CALIBRATION = np.diag([150.0, 150.0, 600.0, 6e4, 4e4, 3e4]) @ (np.eye(6) + 0.02 * np.sin(np.arange(36).reshape(6, 6)))


@PLATES.add("plates of type 4 with their matrix", "matrix", accept=("read rightly",))
def type_4(draft: Draft) -> None:
    file = draft.walk
    for number in (1, 2):
        file.plate(number)[:] = file.plate(number) @ np.linalg.inv(_CALIBRATION).T
        file.redefine(number, type=4, cal_matrix=_CALIBRATION)
    file.units = ["V"] * 12


@PLATES.add("a plate of type 4 without a matrix", "matrix|CAL_MATRIX", must_name=True)
def type_4_without_matrix(draft: Draft) -> None:
    type_4(draft)
    for number in (1, 2):
        draft.walk.redefine(number, cal_matrix=np.zeros((6, 6)))


# --- signals


def _offset(newton: float) -> Make:
    def make(draft: Draft) -> None:
        for number in (1, 2):
            draft.walk.plate(number)[:, 2] += newton

    make.__name__ = f"offset_{newton:g}_N".replace("-", "minus_")
    return make


for _newton in (15.0, -15.0, 50.0, -50.0):
    SIGNALS.add(f"Fz off by {_newton:g} N all the time", r"offset|zero|unloaded")(_offset(_newton))


@SIGNALS.add("all components off", r"offset|zero|unloaded")
def offset_everywhere(draft: Draft) -> None:
    draft.walk.plate(1)[:] += [12.0, -8.0, 25.0, 4000.0, -3000.0, 2500.0]


@SIGNALS.add("Fz drifts by 30 N", r"drift|offset|unloaded")
def drift(draft: Draft) -> None:
    for number in (1, 2):
        draft.walk.plate(number)[:, 2] += np.linspace(0, 30, len(draft.walk.analog))


@SIGNALS.add("five samples without a value in stance", r"without a value|NaN|missing|bridged", must_name=True)
def nan_samples(draft: Draft) -> None:
    for start in (ON_1, 1410):
        draft.walk.plate(1)[start : start + 5] = np.nan


@SIGNALS.add("0.2 s without a value in stance", r"without a value|NaN|missing", must_name=True)
def nan_interval(draft: Draft) -> None:
    draft.walk.plate(1)[ON_1 : ON_1 + 200] = np.nan


@SIGNALS.add("one infinite sample", r"without a value|NaN|inf|missing", must_name=True)
def infinite_sample(draft: Draft) -> None:
    draft.walk.plate(1)[ON_1, 2] = np.inf


@SIGNALS.add("a single sample 3000 N too high", r"spike|outlier|jump", must_name=True)
def spike(draft: Draft) -> None:
    draft.walk.plate(1)[ON_1, 2] -= 3000.0
    draft.walk.plate(2)[ON_2, 2] -= 3000.0


@SIGNALS.add("Fz saturates at 500 N", r"saturat|clip|range|limit", must_name=True)
def saturated(draft: Draft) -> None:
    for number in (1, 2):
        channels = draft.walk.plate(number)
        channels[:, 2] = np.clip(channels[:, 2], -500, 500)


@SIGNALS.add("My is dead", r"\bdead\b|constant|no signal|\bflat\b", must_name=True)
def dead_moment(draft: Draft) -> None:
    for number in (1, 2):
        draft.walk.plate(number)[:, 4] = 0.0


@SIGNALS.add("Fx is stuck at a constant", r"\bdead\b|constant|no signal|\bflat\b|stuck", must_name=True)
def stuck_shear(draft: Draft) -> None:
    for number in (1, 2):
        draft.walk.plate(number)[:, 0] = 37.0


@SIGNALS.add("a plate on which a foot stands shows no load", r"no load|\bdead\b|not loaded|constant")
def plate_off(draft: Draft) -> None:
    draft.walk.plate(1)[:] = 0.0


@SIGNALS.add("a weight of 200 N lies on the plate all the time", r"offset|zero|unloaded|weight")
def weight_on_plate(draft: Draft) -> None:
    draft.walk.plate(2)[:, 2] += np.sign(draft.walk.plate(2)[:, 2].sum()) * 200.0


@SIGNALS.add(
    "a plate that never is unloaded, 80 N off",
    r"unloaded|never|zero|offset",
    base="squat",
    shift_s=-0.5,
    must_name=True,
    ignore="EMG",
)
def never_unloaded(draft: Draft) -> None:
    file = draft.files["squat-right"]
    file.plate(1)[:, 2] += 80.0 * np.sign(file.plate(1)[:, 2].mean())
    file.crop(50, len(file.points) - 50)


def _late(milliseconds: int) -> Make:
    def make(draft: Draft) -> None:
        for file in draft.files.values():
            file.analog = np.roll(file.analog, milliseconds * round(file.analog_rate_hz) // 1000, axis=0)

    make.__name__ = f"force_{milliseconds}_ms".replace("-", "minus_")
    return make


for _ms in (100, 40, -50):
    SIGNALS.add(
        f"force {abs(_ms)} ms too {'late' if _ms > 0 else 'early'}",
        r"delay|synchron",
        must_name=True,
    )(_late(_ms))


# --- jumps


@SIGNALS.add("the plates of a landing are zeroed before it, 40 N off", r"offset|zero|unloaded", base="jump")
def landing_offset(draft: Draft) -> None:
    for number in (1, 2):
        draft.files["jump1"].plate(number)[:, 2] += 40.0


@SIGNALS.add("a landing saturates at 900 N", r"saturat", base="jump", must_name=True)
def landing_saturated(draft: Draft) -> None:
    for number in (1, 2):
        channels = draft.files["jump1"].plate(number)
        channels[:, 2] = np.clip(channels[:, 2], -900, 900)


@SIGNALS.add("force of a landing 40 ms too late", r"delay|synchron", base="jump", must_name=True)
def landing_late(draft: Draft) -> None:
    file = draft.files["jump1"]
    file.analog = np.roll(file.analog, 40 * round(file.analog_rate_hz) // 1000, axis=0)
