"""Stick figures of a recording, moving (GIF) or as a contact sheet (PNG), with plates and the forces on them.

A stick figure shows at a glance what no table does: swapped markers, a foot that slides, a force that misses the foot.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from biomech.c3d.force_plates import centre_of_pressure, plate_wrench
from biomech.c3d.recording_file import Recording
from biomech.config import Lab
from biomech.errors import TrialError
from biomech.io.csv_parquet import write_bytes
from biomech.io.recordings import read_recording
from biomech.model.markersets import MarkerSet, load_markerset, shipped
from biomech.report.style import SIDE_COLOUR, style
from biomech.schema import SIDES

Array = NDArray[np.float64]

FORCE_SCALE_M_PER_N = 0.001
_LOADED_N = 20.0
_MIDDLE = "both"
# first of the names that a marker set has
_KNEE, _ANKLE = ("LFE", "KNE"), ("LM", "ANK")
_HEEL, _TOE, _OUTER = ("CALD", "HEE", "HEEB"), ("M2", "TOE", "M1"), ("M5",)
_NECK, _CHEST, _SHOULDER = ("C7",), ("IJ", "CLAV", "CLA"), ("ACR", "SHO")


@dataclass(frozen=True)
class Scene:
    """What is drawn, in lab axes, m.

    Parameters
    ----------
    sticks : list of (side, (n, k, 3) array)
        Polylines over time.
    dots : (n, m, 3) array
        Markers.
    plates : list of (4, 3) arrays
        Corners.
    forces : list of (n, 2, 3) arrays
        From the centre of pressure to the tip of the force; NaN where unloaded.
    ahead : (3,) array
        Horizontal unit vector in which the subject travels or faces.
    labels : tuple of str
        Of the markers, in the order of `dots`.
    """

    sticks: list[tuple[str, Array]]
    dots: Array
    plates: list[Array]
    forces: list[Array]
    ahead: Array
    rate_hz: float
    title: str
    labels: tuple[str, ...] = ()


def scene(path: Path, lab: Lab | None = None, study_folder: Path | None = None) -> Scene:
    """Read a C3D file and connect its markers by what the best fitting marker set knows of them.

    Parameters
    ----------
    path : Path
        C3D file.
    lab : Lab
        Lab axes, if the file's own screen parameters do not give them.
    study_folder : Path
        A folder whose own marker sets count too.

    Raises
    ------
    TrialError
        If the file cannot be read or holds no marker.
    """
    recording = read_recording(path, lab)
    position, labels = recording.position, recording.marker_names
    if not position.size or not np.isfinite(position).any():
        raise TrialError(
            f"{path.name}: expected markers to draw, found none",
            code="no_markers",
            action="draw a file that holds marker trajectories",
        )
    markerset = _best_markerset(labels, study_folder)
    found = markerset.resolve(labels)
    points = {key: position[:, labels.index(label)] for key, label in found.items()}
    forces = [_arrows(recording, number, len(position)) for number in range(len(recording.plates))]
    return Scene(
        _sticks(points),
        position,
        [plate.corners for plate in recording.plates],
        forces,
        _ahead(position, points),
        recording.rate_hz,
        path.stem,
        tuple(labels),
    )


def contact_sheet(scene_: Scene, path: Path, columns: int = 12) -> Path:
    """Write a picture of equally spaced frames: from the subject's right side above, from the front below."""
    frames = np.linspace(0, len(scene_.dots) - 1, columns).round().astype(int)
    side, front = axes_of_views(scene_.ahead)
    with style():
        tall = _limits(scene_)[1] - _limits(scene_)[0]
        figure = Figure(figsize=(1.25 * columns, 2 * 1.25 * tall / 1.5 + 0.9))
        FigureCanvasAgg(figure)
        grid = figure.subplots(2, columns, sharey=True)
        middle = _middle(scene_)
        for row, across in enumerate((side, front)):
            for axes, frame in zip(grid[row], frames, strict=True):
                artist = Drawn(axes, scene_, across)
                artist.show(frame)
                centre = float(middle[frame] @ across)
                axes.set_xlim(centre - 0.75, centre + 0.75)
                plain_axes(axes, scene_)
                if row == 0:
                    axes.set_title(f"{frame / scene_.rate_hz:.2f} s", fontsize=7)
        grid[0][0].set_ylabel("from the right side")
        grid[1][0].set_ylabel("from the front")
        figure.suptitle(f"{scene_.title}: right side dark, left side light; force 1 m per 1000 N", fontsize=8)
        figure.subplots_adjust(left=0.03, right=0.995, top=0.87, bottom=0.02, wspace=0.02, hspace=0.04)
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=110, metadata={"Software": None})
    return write_bytes(stream.getvalue(), Path(path))


def animate(scene_: Scene, path: Path, *, frames_per_s: float = 25.0, speed: float = 1.0) -> Path:
    """Write a GIF that runs at `speed` times real time, the side view on the left, the front view on the right."""
    step = scene_.rate_hz * speed / frames_per_s
    frames = np.unique(np.arange(0, len(scene_.dots), max(step, 1e-6)).astype(int)) if step > 0 else np.array([0])
    side, front = axes_of_views(scene_.ahead)
    middle = _middle(scene_)
    images = []
    with style():
        along = middle @ side
        width = float(np.ptp(along)) + 1.6
        figure = Figure(figsize=(min(2.2 * width, 9.0) + 3.4, 4.4), dpi=80)
        canvas = FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2, width_ratios=(width, 1.6))
        left.set_xlim(along.min() - 0.8, along.max() + 0.8)
        drawn = [Drawn(left, scene_, side), Drawn(right, scene_, front)]
        for axes in (left, right):
            plain_axes(axes, scene_)
        figure.subplots_adjust(left=0.01, right=0.99, top=0.93, bottom=0.02, wspace=0.02)
        for frame in frames:
            for artist in drawn:
                artist.show(frame)
            centre = float(middle[frame] @ front)
            right.set_xlim(centre - 0.8, centre + 0.8)
            left.set_title(f"{scene_.title}   {frame / scene_.rate_hz:.2f} s", fontsize=8)
            canvas.draw()
            images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).quantize(64))
    stream = io.BytesIO()
    images[0].save(
        stream, format="GIF", save_all=True, append_images=images[1:], duration=round(1000 / frames_per_s), loop=0
    )
    return write_bytes(stream.getvalue(), Path(path))


class Drawn:
    """The lines of one view, moved from frame to frame."""

    def __init__(self, axes, scene_: Scene, across: Array) -> None:  # type: ignore[no-untyped-def]
        self.scene, self.plane = scene_, np.stack([across, [0.0, 1.0, 0.0]], axis=1)
        for corners in scene_.plates:
            flat = corners @ self.plane
            axes.plot(*np.vstack([flat, flat[:1]]).T, color="#888888", linewidth=1.5, zorder=0)
        axes.axhline(0.0, color="#BBBBBB", linewidth=0.6, zorder=0)
        self.dots = axes.plot([], [], ".", color="#666666", markersize=2.0, zorder=1)[0]
        self.sticks = LineCollection([], colors=[SIDE_COLOUR[s] for s, _ in scene_.sticks], linewidths=1.6, zorder=2)
        axes.add_collection(self.sticks)
        self.forces = LineCollection([], colors="#B00020", linewidths=1.4, zorder=3)
        axes.add_collection(self.forces)

    def show(self, frame: int) -> None:
        """Move the lines to a frame."""
        self.dots.set_data(*(self.scene.dots[frame] @ self.plane).T)
        self.sticks.set_segments([line[frame] @ self.plane for _, line in self.scene.sticks])
        self.forces.set_segments([arrow[frame] @ self.plane for arrow in self.scene.forces])


def plain_axes(axes, scene_: Scene) -> None:  # type: ignore[no-untyped-def]
    """Give axes the height of a figure, equal scales and no frame."""
    axes.set_ylim(*_limits(scene_))
    axes.set_aspect("equal", adjustable="box")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _limits(scene_: Scene) -> tuple[float, float]:
    height = scene_.dots[..., 1]
    return min(float(np.nanmin(height)), 0.0) - 0.08, float(np.nanmax(height)) + 0.12


def axes_of_views(ahead: Array) -> tuple[Array, Array]:
    """Horizontal picture axes: forwards to the right; seen from the front, the subject's left is on the right."""
    right = np.cross(ahead, [0.0, 1.0, 0.0])
    return ahead, -right


def _middle(scene_: Scene) -> Array:
    """Middle of the figure over time, (n, 3), gaps bridged."""
    middle = np.nanmean(scene_.dots, axis=1) if np.isfinite(scene_.dots).all() else _nanmean(scene_.dots)
    seen = np.flatnonzero(np.isfinite(middle[:, 0]))
    return np.stack([np.interp(np.arange(len(middle)), seen, middle[seen, axis]) for axis in range(3)], axis=1)


def _nanmean(dots: Array) -> Array:
    seen = np.isfinite(dots)
    count = seen.sum(axis=1)
    return np.where(count > 0, np.where(seen, dots, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _best_markerset(labels: list[str], study_folder: Path | None) -> MarkerSet:
    sets = [load_markerset(name, study_folder) for name in shipped()]
    return max(sets, key=lambda s: (len(set(s.resolve(labels).values())), -len(s.markers)))


def _sticks(points: dict[tuple[str, str], Array]) -> list[tuple[str, Array]]:
    """Polylines of pelvis, trunk and both legs from whatever markers are there."""

    def first(side: str, names: tuple[str, ...]) -> Array | None:
        return next((points[(side, name)] for name in names if (side, name) in points), None)

    out: list[tuple[str, Array]] = []
    asis = {side: points.get((side, "ASI")) for side in SIDES}
    psis = {side: points.get((side, "PSI"), points.get((side, "SACR"))) for side in SIDES}
    ring = [asis["right"], asis["left"], psis["left"], psis["right"], asis["right"]]
    _add(out, _MIDDLE, ring)
    hips = _hips(asis, psis)
    for side in SIDES:
        knee, ankle = first(side, _KNEE), first(side, _ANKLE)
        heel, toe, outer = first(side, _HEEL), first(side, _TOE), first(side, _OUTER)
        _add(out, side, [hips[side], knee, ankle])
        _add(out, side, [ankle, heel, toe, ankle])
        _add(out, side, [heel, outer, toe])
    neck, chest = first("right", _NECK), first("right", _CHEST)
    shoulders = [first(side, _SHOULDER) for side in SIDES]
    if neck is None and shoulders[0] is not None and shoulders[1] is not None:
        neck = (shoulders[0] + shoulders[1]) / 2
    if psis["left"] is not None and psis["right"] is not None:
        _add(out, _MIDDLE, [(psis["left"] + psis["right"]) / 2, neck, chest])
    _add(out, _MIDDLE, [shoulders[0], neck, shoulders[1]])
    return out


def _add(out: list[tuple[str, Array]], side: str, line: list[Array | None]) -> None:
    there = [point for point in line if point is not None]
    if len(there) > 1:
        out.append((side, np.stack(there, axis=1)))


def _hips(asis: dict[str, Array | None], psis: dict[str, Array | None]) -> dict[str, Array | None]:
    """Hip centres by Harrington's regressions of one variable each, good enough to draw."""
    corners = [asis["right"], asis["left"], psis["right"], psis["left"]]
    if any(corner is None for corner in corners):
        return dict.fromkeys(SIDES)
    right, left, back_right, back_left = (c for c in corners if c is not None)
    front, back = (right + left) / 2, (back_right + back_left) / 2
    z = right - left
    width = np.linalg.norm(z, axis=1, keepdims=True)
    z = z / width
    x = front - back
    depth = np.linalg.norm(x, axis=1, keepdims=True)
    y = np.cross(z, x)
    y = y / np.linalg.norm(y, axis=1, keepdims=True)
    x = np.cross(y, z)
    inside = front + x * (-0.24 * depth - 0.0099) + y * (-0.30 * width - 0.0109)
    aside = z * (0.33 * width + 0.0073)
    return {"right": inside + aside, "left": inside - aside}


def _ahead(position: Array, points: dict[tuple[str, str], Array]) -> Array:
    """Where the subject goes, or where the pelvis faces if the subject does not travel."""
    middle = _nanmean(position)
    seen = np.flatnonzero(np.isfinite(middle[:, 0]))
    travel = (middle[seen[-1]] - middle[seen[0]]) * [1.0, 0.0, 1.0]
    if np.linalg.norm(travel) > 0.7:
        return np.asarray(travel / np.linalg.norm(travel))
    if ("right", "ASI") in points and ("left", "ASI") in points:
        across = points[("right", "ASI")] - points[("left", "ASI")]
        facing = np.cross([0.0, 1.0, 0.0], across)
        facing = _nanmean(facing[None])[0]
        if np.isfinite(facing).all():
            return np.asarray(facing / np.linalg.norm(facing))
    return np.array([1.0, 0.0, 0.0])


def _arrows(recording: Recording, number: int, n: int) -> Array:
    """Force of one plate as a line from its centre of pressure, (n, 2, 3), at the frames of the markers."""
    plate = recording.plates[number]
    wrench = plate_wrench(plate)
    index = np.minimum(np.round(np.arange(n) * plate.rate_hz / recording.rate_hz).astype(int), len(wrench.force) - 1)
    force, moment = wrench.force[index], wrench.moment[index]
    start, _ = centre_of_pressure(force, moment, plate.corners, _LOADED_N)
    return np.stack([start, start + FORCE_SCALE_M_PER_N * force], axis=1)
