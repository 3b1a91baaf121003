"""What a recording shows of a movement: standing still, steps, knee flexion, flight, which foot is up."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from biomech.c3d.recording_file import Recording
from biomech.model.landmark_names import read_labels
from biomech.onboarding.survey import Look
from biomech.schema import SIDES

Array = NDArray[np.float64]

# All limits are chosen: far from standing on one side and from the movement on the other.
_STILL_M_S, _STILL_SHARE, _STILL_WAY_M = 0.06, 0.8, 0.15
_FALL_M_S2, _FLIGHT_S = -6.0, 0.08  # a body in the air falls with 9.81 m/s2; in walking it stays above -4
_STEP_M = 0.2  # that a heel goes ahead of the pelvis and back behind it in a stride
_RAISED_M = 0.08
_SMOOTH_S = 0.06
_LANDMARKS = {"hip": ("asis",), "knee": ("lateral_epicondyle",), "ankle": ("lateral_malleolus",)}


@dataclass(frozen=True)
class Content:
    """What a recording shows.

    Parameters
    ----------
    still : bool
        Whether nearly all markers stay where they are.
    upright_m : float
        Height of the markers from the lowest to the highest, m (median over frames).
    travel_m : float
        Way of the body over the floor, m.
    speed_m_s : float
        Of the body over the floor while it travels.
    strides : int
        Of both feet together, from the events of the file or from the heels.
    strides_from : str
        ``events``, ``heels``, or empty.
    flights : int
        Times that the body falls freely.
    knee_flexion_deg : dict
        Side to the range of the angle hip (ASIS)-knee-ankle over the trial, degrees.
    standing : str
        ``left`` or ``right`` where the other foot is up for most of the time, ``both``, or empty where no ankle is known.
    loaded : int
        Plates that carry more than 100 N at some time.
    """

    still: bool
    upright_m: float
    travel_m: float
    speed_m_s: float
    strides: int
    strides_from: str
    flights: int
    knee_flexion_deg: Mapping[str, float]
    standing: str
    loaded: int

    @property
    def words(self) -> str:
        """Return what is seen, in words."""
        if self.still:
            return f"stands still, markers {self.upright_m:.2f} m high"
        parts = [f"goes {self.travel_m:.1f} m over the floor"] if self.travel_m > 0.5 else ["stays in place"]
        if self.strides:
            parts.append(f"{self.strides} strides ({self.strides_from})")
        if self.flights:
            parts.append(f"{self.flights} flight{'s' if self.flights > 1 else ''}")
        bent = [f"{side} {deg:.0f}" for side, deg in self.knee_flexion_deg.items()]
        if bent:
            parts.append(f"knees bend by {' and '.join(bent)} degrees")
        if self.standing in SIDES:
            parts.append(f"stands on the {self.standing} foot")
        return ", ".join(parts)


def content_of(look: Look) -> Content | None:
    """Return what a recording shows; None without markers. Its lab axes must be those with which it was read."""
    if not look.has_markers or look.recording is None or len(look.recording.position) < 5:
        return None
    with warnings.catch_warnings():  # frames without a marker stay NaN
        warnings.simplefilter("ignore", RuntimeWarning)
        return _content(look, look.recording)


def _content(look: Look, recording: Recording) -> Content | None:
    position, rate = recording.position, recording.rate_hz
    seen = np.isfinite(position[..., 0])
    kept = seen.mean(axis=0) > 0.5
    if kept.sum() < 3:
        return None
    body = position[:, kept]
    places = _places(recording.marker_names, position)
    trunk = places.get(("", "pelvis"), np.nanmedian(body, axis=1))
    way = _way(trunk)
    speed = np.nanmedian(np.linalg.norm(np.diff(body, axis=0), axis=2), axis=1) * rate
    height = np.nanmax(body[..., 1], axis=1) - np.nanmin(body[..., 1], axis=1)
    still = bool(np.nanmean(speed < _STILL_M_S) > _STILL_SHARE and way < _STILL_WAY_M)
    moving = speed[speed > 0.2]
    strides, source = _strides(look, places, trunk, rate)
    duration = len(position) / rate
    return Content(
        still=still,
        upright_m=float(np.nanmedian(height)),
        travel_m=way,
        speed_m_s=way / (duration if not len(moving) else max(len(moving) / rate, 0.2)),
        strides=0 if still else strides,
        strides_from="" if still else source,
        flights=0 if still else _flights(trunk[:, 1], rate),
        knee_flexion_deg={} if still else _bent(places),
        standing=_standing(places),
        loaded=int((np.nanmax(look.force, axis=0, initial=0.0) > 100).sum()) if look.force.size else 0,
    )


def _places(labels: list[str], position: Array) -> dict[tuple[str, str], Array]:
    """Return (side, landmark) to its path (n, 3), and the middle of the pelvis markers as ``("", "pelvis")``."""
    out: dict[tuple[str, str], Array] = {}
    pelvis: list[Array] = []
    for label, reading in read_labels(labels)[1].items():
        if label not in labels or reading.cluster:
            continue
        path = position[:, labels.index(label)]
        if np.isfinite(path[:, 0]).mean() > 0.5:
            out.setdefault((reading.side, reading.landmark), path)
            if reading.landmark in ("asis", "psis", "sacrum"):
                pelvis.append(path)
    if pelvis:
        out["", "pelvis"] = np.nanmean(np.stack(pelvis), axis=0) if len(pelvis) > 1 else pelvis[0]
    return out


def _way(trunk: Array) -> float:
    flat = trunk[np.isfinite(trunk[:, 0])][:, [0, 2]]
    if len(flat) < 2:
        return 0.0
    return float(np.linalg.norm(np.ptp(flat, axis=0)))


def _strides(look: Look, places: Mapping[tuple[str, str], Array], trunk: Array, rate: float) -> tuple[int, str]:
    assert look.recording is not None
    strikes = [
        sum(name == "foot_strike" and side == one for _, name, side in look.recording.event_rows) for one in SIDES
    ]
    if sum(max(count - 1, 0) for count in strikes):
        return sum(max(count - 1, 0) for count in strikes), "events"
    count = 0
    for side in SIDES:
        heel = places.get((side, "heel"), places.get((side, "lateral_malleolus")))
        if heel is None:
            continue
        ahead = (heel - trunk)[:, [0, 2]]
        ahead = ahead[np.isfinite(ahead[:, 0])]
        if len(ahead) < rate * 0.6:
            continue
        ahead = ahead - ahead.mean(axis=0)
        along = ahead @ np.linalg.svd(ahead, full_matrices=False)[2][0]
        if np.ptp(along) < 2 * _STEP_M:
            continue
        peaks = [
            len(find_peaks(sign * along, prominence=_STEP_M, distance=max(1, int(0.4 * rate)))[0]) for sign in (1, -1)
        ]
        count += max(peaks) - 1 if max(peaks) > 1 else 0
    return count, "heels" if count else ""


def _flights(height: Array, rate: float) -> int:
    """Count the intervals in which the pelvis falls as a body in the air does."""
    there = np.isfinite(height)
    if there.sum() < 10:
        return 0
    filled = np.interp(np.arange(len(height)), np.flatnonzero(there), height[there])
    width = max(1, round(_SMOOTH_S * rate))
    smooth = np.convolve(np.pad(filled, width, mode="edge"), np.ones(width) / width, mode="same")[width:-width]
    falling = np.gradient(np.gradient(smooth, 1 / rate), 1 / rate) < _FALL_M_S2
    falling[: width + 1] = falling[len(falling) - width - 1 :] = False
    edges = np.diff(np.concatenate([[0], falling.astype(int), [0]]))
    return int(((np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)) >= _FLIGHT_S * rate).sum())


def _bent(places: Mapping[tuple[str, str], Array]) -> dict[str, float]:
    out = {}
    for side in SIDES:
        joints = [
            next((places[side, name] for name in names if (side, name) in places), None)
            for names in _LANDMARKS.values()
        ]
        if any(path is None for path in joints):
            continue
        hip, knee, ankle = joints
        up, down = hip - knee, ankle - knee  # type: ignore[operator]
        cosine = (up * down).sum(axis=1) / (np.linalg.norm(up, axis=1) * np.linalg.norm(down, axis=1))
        angle = 180 - np.degrees(np.arccos(np.clip(cosine[np.isfinite(cosine)], -1, 1)))
        if len(angle) > 5:
            out[side] = float(np.percentile(angle, 98) - np.percentile(angle, 2))
    return out


def _standing(places: Mapping[tuple[str, str], Array]) -> str:
    ankles = [places.get((side, "lateral_malleolus")) for side in SIDES]
    if any(path is None for path in ankles):
        return ""
    left, right = (path[:, 1] for path in ankles)  # type: ignore[index]
    higher = left - right
    higher = higher[np.isfinite(higher)]
    if not len(higher):
        return ""
    if np.mean(higher > _RAISED_M) > 0.6:
        return "right"
    return "left" if np.mean(higher < -_RAISED_M) > 0.6 else "both"
