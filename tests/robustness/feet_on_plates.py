"""Situations: feet on force plates, and treadmills with a plate under each belt."""

from __future__ import annotations

import numpy as np

from tests.robustness.draft import Draft
from tests.robustness.recording import FORCE, MOMENT, File
from tests.robustness.situation import Collection, Make

CONTACTS = Collection("feet on plates")


def _surface(file: File, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Force and moment about the middle of the surface, plate axes, N and N·mm."""
    channels, origin = file.plate(number), np.asarray(file.plates[number - 1].origin)
    return channels[:, FORCE], channels[:, MOMENT] + np.cross(channels[:, FORCE], origin)


def _split(file: File, number: int, edge: float, axis: int, share_lost: bool = False) -> None:
    """Replace a plate by two that meet at `edge` (mm from its middle, own axes); both add up to what it measured.

    Where the centre of pressure is farther than 60 mm from the edge, one of them carries all.
    """
    plate = file.plates[number - 1]
    force, moment = _surface(file, number)
    loaded = np.abs(force[:, 2]) > 1.0
    safe = np.where(loaded, force[:, 2], 1.0)
    cop = np.stack([-moment[:, 1] / safe, moment[:, 0] / safe], axis=1)
    free = moment[:, 2] - (cop[:, 0] * force[:, 1] - cop[:, 1] * force[:, 0])
    reach = 60.0
    low = np.clip(0.5 - (cop[:, axis] - edge) / (2 * reach), 0, 1)  # share of the part on the negative side
    corners, origin = np.asarray(plate.corners), np.asarray(plate.origin)
    middle = corners.mean(axis=0)
    axes = np.stack([corners[0] - corners[1], corners[0] - corners[3]])
    half = np.linalg.norm(axes, axis=1) / 2
    axes = axes / (2 * half[:, None])
    parts = []
    for share, at, start, end in ((low, edge - reach, -half[axis], edge), (1 - low, edge + reach, edge, half[axis])):
        place = cop.copy()
        both = (low > 0) & (low < 1)
        place[both, axis] = at
        centre = np.zeros(2)
        centre[axis] = (start + end) / 2
        own = share[:, None] * force
        arm = np.concatenate([place - centre, np.zeros((len(place), 1))], axis=1)
        about = np.cross(arm, own) + np.stack([0 * free, 0 * free, share * free], axis=1)
        extent = half.copy()
        extent[axis] = (end - start) / 2
        signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
        placed = middle + centre @ axes + (signs * extent) @ axes
        values = np.concatenate([own, about - np.cross(own, origin)], axis=1)
        parts.append((np.where(loaded[:, None], values, share[:, None] * file.plate(number)), placed))
    file.plate(number)[:] = parts[0][0]
    file.redefine(number, corners=parts[0][1])
    if share_lost:
        return
    width = file.analog.shape[1]
    file.analog = np.concatenate([file.analog, parts[1][0]], axis=1)
    file.channels += [f"{name}{len(file.plates) + 1}" for name in ("Fx", "Fy", "Fz", "Mx", "My", "Mz")]
    file.units += ["N"] * 3 + ["Nmm"] * 3
    file.plates.append(type(plate)(plate.type, range(width + 1, width + 7), parts[1][1], origin))


def _edge(file: File, number: int, axis: int, fraction: float) -> float:
    """Where the centre of pressure has come to after a part of its way, mm from the middle of the plate, own axes."""
    force, moment = _surface(file, number)
    loaded = np.abs(force[:, 2]) > 200.0
    cop = np.stack([-moment[:, 1], moment[:, 0]], axis=1)[loaded] / force[loaded, 2:3]
    return float(np.quantile(cop[:, axis], fraction))


def _abutting(axis: int, fraction: float) -> Make:
    def make(draft: Draft) -> None:
        _split(draft.walk, 1, _edge(draft.walk, 1, axis, fraction), axis)

    make.__name__ = f"abutting_{'xy'[axis]}_{fraction:g}"
    return make


for _axis, _fraction in ((0, 0.25), (0, 0.5), (0, 0.75), (1, 0.5)):
    CONTACTS.add(
        f"a step over two abutting plates, {('one behind the other', 'side by side')[_axis]}, edge at {_fraction:.0%} of the way",
        r"two plates|both plates|plates 1 and 3|several plates|summed|shared",
    )(_abutting(_axis, _fraction))


@CONTACTS.add(
    "a step half on the plate, half on the floor",
    r"contact_edge|edge of|floor|partly|part of|body.?weight|outside the plate",
    must_name=True,
)
def half_on_the_floor(draft: Draft) -> None:
    _split(draft.walk, 1, _edge(draft.walk, 1, 0, 0.5), 0, share_lost=True)


@CONTACTS.add("both feet on one plate in double support", r"both feet|two feet|other foot|shared", must_name=True)
def both_feet_on_one_plate(draft: Draft) -> None:
    file = draft.walk
    place = np.array([np.asarray(plate.corners).mean(axis=0) for plate in file.plates])
    together, force_sum = np.zeros((len(file.analog), 3)), np.zeros((len(file.analog), 3))
    origin = np.asarray(file.plates[0].origin)
    for number, plate in enumerate(list(file.plates), 1):
        force, moment = _surface(file, number)
        corners = np.asarray(plate.corners)
        axes = np.array([corners[0] - corners[1], corners[0] - corners[3]])
        axes = np.concatenate([axes / np.linalg.norm(axes, axis=1)[:, None], [[0, 0, -1.0]]])
        force, moment = force @ axes, moment @ axes  # stored axes
        force_sum += force
        together += moment + np.cross(place[number - 1] - place.mean(axis=0), force)
    axes = np.diag([1.0, -1.0, -1.0])
    force_sum, together = force_sum @ axes.T, together @ axes.T
    file.plate(1)[:] = np.concatenate([force_sum, together - np.cross(force_sum, origin)], axis=1)
    file.redefine(1, corners=[[625, -250, 0], [-625, -250, 0], [-625, 250, 0], [625, 250, 0]])
    file.plates = file.plates[:1]


@CONTACTS.add(
    "somebody else steps on a plate before", r"no foot|nobody|without a foot|off_foot|not a foot", ignore="$^"
)
def somebody_else(draft: Draft) -> None:
    draft.walk.plate(2)[200:500, 2] += -300.0 * np.hanning(300)


@CONTACTS.add("column contacts gives the plates to the wrong feet", r"contact", must_name=True)
def contacts_exchanged(draft: Draft) -> None:
    draft.rows["walk1"]["contacts"] = "1:left 2:right"


def belts(draft: Draft) -> None:
    """The walk seen from a frame that goes with the pelvis: a treadmill with a belt a foot."""
    file = draft.walk
    pelvis = np.nanmean(file.points[:, file.at("LASI", "RASI", "LPSI", "RPSI")], axis=1)
    n, ratio = len(pelvis), file.ratio
    speed = (pelvis[-1] - pelvis[0])[:2] / (n - 1)  # mm a frame
    travel = np.zeros((n * ratio, 3))
    travel[:, :2] = np.arange(n * ratio)[:, None] / ratio * speed
    middle = np.array([*pelvis[0, :2], 0.0])
    ahead = np.sign(speed[0])
    for number, plate in enumerate(list(file.plates), 1):
        old = np.asarray(plate.corners)
        force, moment = _surface(file, number)
        axes = np.stack([old[0] - old[1], old[0] - old[3]])
        axes = axes / np.linalg.norm(axes, axis=1)[:, None]
        axes = np.concatenate([axes, np.cross(axes[0], axes[1])[None]])
        side = -1 if number == 1 else 1  # the right foot steps on plate 1; left is +y for who goes along +x
        centre = middle + np.array([0.0, ahead * side * 260.0, 0.0])
        arm = (old.mean(axis=0) - centre - travel) @ axes.T
        moment = moment + np.cross(arm, force)
        half = np.abs(axes @ [900.0, 250.0, 0.0])[:2]
        signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
        file.plate(number)[:] = np.concatenate([force, moment - np.cross(force, np.asarray(plate.origin))], axis=1)
        file.redefine(number, corners=centre + (signs * half) @ axes[:2])
    file.points = file.points - travel[::ratio, None]


CONTACTS.add(
    "a treadmill with a belt under each foot",
    r"no load|belt|treadmill",
    ignore="foot progression|pelvis",
)(belts)
