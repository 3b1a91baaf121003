"""The order of a plate's corners, proved by the centre of pressure: it must lie under the markers that rest on the plate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from biomech.c3d.force_plates import centre_of_pressure, plate_wrench
from biomech.c3d.plate_types import PlateNote, PlateRecord, PlateWrench, plate_frame, points_up
from biomech.config import ForcePlates

# Other orders of four corners around an outline (three turns, and the four mirror images), and where each takes a point of
# the plate: rows of the matrix by which its x and y in the stored order are multiplied.
_Order = tuple[int, int, int, int]
_Matrix = tuple[tuple[int, int], tuple[int, int]]
_TURNED: dict[_Order, _Matrix] = {
    (1, 2, 3, 0): ((0, -1), (1, 0)),
    (2, 3, 0, 1): ((-1, 0), (0, -1)),
    (3, 0, 1, 2): ((0, 1), (-1, 0)),
}
_MIRRORED: dict[_Order, _Matrix] = {
    (1, 0, 3, 2): ((-1, 0), (0, 1)),
    (3, 2, 1, 0): ((1, 0), (0, -1)),
    (0, 3, 2, 1): ((0, 1), (1, 0)),
    (2, 1, 0, 3): ((0, -1), (-1, 0)),
}
_STORED: dict[_Order, _Matrix] = {(0, 1, 2, 3): ((1, 0), (0, 1))}
_LOADED_N = 50.0
_FRAMES = 60  # at most so many are looked at
_HEIGHTS = 200  # frames from which the lowest height of a marker is taken
_ENOUGH = 10
_LOW_M = 0.25  # markers of a foot lie lower
_RESTS_M = 0.02  # a marker this near to its lowest height rests
_FAR_M = 0.25  # farther is as bad as this
_AROUND_M = 0.1
# In 90 plates of real recordings the stored order gave 0 to 0.06 m in walking, and no other turn less by more than 0.04 m.
_UNDER_M = 0.045
_BETTER_M = 0.05
_NEXT_M = 0.012
_TRAVEL_M = 0.12  # a centre of pressure that travels less (standing, squats) does not distinguish heel from toe


def checked_corners(
    plates: list[PlateRecord], wrenches: list[PlateWrench], position: np.ndarray, rate_hz: float, options: ForcePlates
) -> tuple[list[PlateRecord], list[PlateWrench], list[PlateNote]]:
    """Put corners in the right order where markers and centre of pressure prove it, and leave out plates that stay doubtful.

    On a standard plate z points down. Corners whose z points up are mirrored, unless the stored force is meant so; of the
    right-handed orders the one counts that puts the centre of pressure under the resting markers. A plate whose z points
    down may be turned about the vertical.

    Parameters
    ----------
    plates : list of PlateRecord
    wrenches : list of PlateWrench
        Of `plate_wrench`, for the same plates.
    position : ndarray, (n, markers, 3)
        m, lab.
    rate_hz : float
        Frames per second.
    options : ForcePlates
        For the wrenches of plates that are changed.

    Returns
    -------
    plates, wrenches : list
        The usable plates.
    notes : list of PlateNote
        What was found; the notes of the wrenches are not repeated.
    """
    if not plates or not position.size:
        return plates, wrenches, []
    lowest = _lowest(position)
    scores = [_scores(plate, wrench, position, lowest, rate_hz) for plate, wrench in zip(plates, wrenches, strict=True)]
    up = [k for k, plate in enumerate(plates) if _horizontal(plate) and points_up(plate.corners)]
    together = _common(scores, up)
    kept, out, notes = [], [], []
    for k, (plate, wrench) in enumerate(zip(plates, wrenches, strict=True)):
        item, score, orders = f"plate {plate.number}", scores[k], list(_candidates(plate))
        order = None
        if k in up:
            turned = any(note.code == "plate_sign" for note in wrench.notes)
            best = _doubtless(score, _BETTER_M) if score is not None else None
            best = _doubtless(together, 0.0) if best is None and together is not None else best
            if best is not None and best > 0:
                order = orders[best]
            elif turned and best != 0:
                notes.append(_refused(item))
                continue
        elif score is not None and (best := _doubtless(score, _BETTER_M)):
            if any(note.code == "plate_sign" for note in wrench.notes):
                # half a turn of the plate, or of the vertical force alone: they differ in the free moment
                notes.append(_sign_refused(item))
                continue
            order = orders[best]
        if order is not None:
            shown = [corner + 1 for corner in order]
            what = "are mirrored: their z axis points up" if k in up else "are turned about the vertical"
            text = (
                f"its corners {what}; only in the order {shown} of the stored ones does the centre of pressure follow the foot; "
                "read in that order"
            )
            action = "store the corners in the order +x+y, -x+y, -x-y, +x-y of the plate's axes, whose z points down"
            code = "plate_corners_mirrored" if k in up else "plate_turned"
            notes.append(PlateNote("warning", code, item, text, action))
            plate = replace(plate, corners=plate.corners[list(order)])
            wrench = plate_wrench(plate, options)
        kept.append(plate)
        out.append(wrench)
    return kept, out, notes


def _refused(item: str) -> PlateNote:
    text = (
        "plate left out: its corners are mirrored (their z axis points up), and no order of them puts the centre of pressure "
        "under a foot more clearly than the others"
    )
    action = "store the corners in the order +x+y, -x+y, -x-y, +x-y of the plate's axes, whose z points down"
    return PlateNote("warning", "plate_corners_mirrored", item, text, action)


def _sign_refused(item: str) -> PlateNote:
    text = (
        "plate left out: its force points down on the subject, and turned up it puts the centre of pressure opposite to the "
        "foot: its vertical force alone has the wrong sign, or its corners are turned as well"
    )
    action = "check the sign of Fz of this plate (ANALOG:SCALE) and the order of its corners"
    return PlateNote("warning", "plate_sign_doubtful", item, text, action)


def _horizontal(plate: PlateRecord) -> bool:
    return bool(abs(plate_frame(plate.corners)[0][1, 2]) > 0.5)


def _candidates(plate: PlateRecord) -> dict[_Order, _Matrix]:
    """Return the orders of the corners to compare, the stored one first; all others have a z that points down."""
    return _STORED | (_MIRRORED if points_up(plate.corners) else _TURNED)


def _common(scores: list[np.ndarray | None], chosen: list[int]) -> np.ndarray | None:
    """Return the mean scores of several plates, whose corners are as a rule all stored in the same wrong order."""
    known = [score for k in chosen if (score := scores[k]) is not None]
    return np.mean(known, axis=0) if known else None


def _doubtless(score: np.ndarray, better_m: float) -> int | None:
    """Return which order is right beyond doubt, 0 for the stored one; None if none is."""
    first, second = np.argsort(score)[:2]
    if score[first] > _UNDER_M or score[second] - score[first] < _NEXT_M:
        return None
    if first and score[0] - score[first] < better_m:
        return None
    return int(first)


def _lowest(position: np.ndarray) -> np.ndarray:
    """Return the lowest height of every marker, m; infinite for one that is never seen."""
    height = position[:: max(1, len(position) // _HEIGHTS), :, 1]
    return np.asarray(np.where(np.isfinite(height), height, np.inf).min(axis=0))


def _scores(
    plate: PlateRecord,
    wrench: PlateWrench,
    position: np.ndarray,
    lowest: np.ndarray,
    rate_hz: float,
) -> np.ndarray | None:
    """Return the mean distance of the centre of pressure to the nearest resting marker for each order, m; None if unknown."""
    if not len(wrench.force) or not _horizontal(plate):
        return None
    frames = np.round(np.arange(len(position)) * plate.rate_hz / rate_hz).astype(int)
    frames = frames[frames < len(wrench.force)]
    loaded = np.flatnonzero(np.abs(wrench.force[frames, 1]) > _LOADED_N)
    if len(loaded) < _ENOUGH:
        return None
    loaded = loaded[:: max(1, -(-len(loaded) // _FRAMES))]
    samples = frames[loaded]
    axes, centre = plate_frame(plate.corners)
    cop, _ = centre_of_pressure(wrench.force[samples], wrench.moment[samples], plate.corners, _LOADED_N / 2)
    local = (cop - centre) @ axes
    known = np.isfinite(local).all(axis=1)
    if known.sum() < _ENOUGH or np.linalg.norm(np.ptp(np.sort(local[known], axis=0)[1:-1], axis=0)) < _TRAVEL_M:
        return None
    feet = np.flatnonzero(lowest < centre[1] + _LOW_M)
    points = position[np.ix_(loaded, feet)]
    rests = (points[..., 1] - lowest[feet] < _RESTS_M) & (points[..., 1] < centre[1] + _LOW_M)
    points = (points - centre) @ axes
    reach = np.abs((plate.corners - centre) @ axes)[:, :2].max(axis=0) + _AROUND_M
    rests &= (np.abs(points[..., :2]) < reach).all(axis=-1)
    used = rests.any(axis=1) & known
    if used.sum() < _ENOUGH:
        return None
    points, rests, local = points[used, :, :2], rests[used], local[used, :2]
    at = local @ np.array(list(_candidates(plate).values()), float).swapaxes(-1, -2)  # order, frame, xy
    distance = np.linalg.norm(points - at[:, :, None], axis=-1)
    return np.asarray(np.minimum(np.where(rests, distance, np.inf).min(axis=-1), _FAR_M).mean(axis=-1))
