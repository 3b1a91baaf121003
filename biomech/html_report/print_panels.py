"""Small drawings of curves for the printed pages and for readers without scripts: means of each leg over the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from biomech.html_report.packed import unpacked

#: Rows of drawings on the page, and drawings in a row; the first task gets up to three rows, every other one row.
ROWS, COLUMNS, FIRST_ROWS = 6, 4, 3
_WIDTH, _HEIGHT = 100.0, 60.0
#: Of walking and running the planes of the leg and the loads; of other tasks the key panels.
_STRIDE = (
    *("angle.contralateral_pelvic_drop", "angle.hip_flexion", "angle.hip_adduction", "angle.hip_internal_rotation"),
    *("angle.knee_flexion", "angle.knee_abduction", "angle.ankle_dorsiflexion", "angle.rearfoot_eversion"),
    *("angle.foot_progression_in", "ground_reaction.y", "moment.knee_abduction", "power.ankle_total"),
)
_KEY = (
    *("angle.fppa", "angle.knee_abduction", "angle.hip_adduction", "moment.knee_abduction"),
    *(
        "angle.contralateral_pelvic_drop",
        "angle.rearfoot_eversion",
        "angle.hip_internal_rotation",
        "angle.knee_flexion",
    ),
)


def print_panels(pages: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the drawings of the printed page by task, strides first, and the titles of tasks for which there is no place.

    Parameters
    ----------
    pages : sequence of dict
        Of `biomech.html_report.curves.curve_pages`.
    """
    ordered = sorted(pages, key=lambda page: page["percent_label"] != "Gait cycle (%)")
    left, out, left_out = ROWS, [], []
    for place, page in enumerate(ordered):
        wanted = _STRIDE if page["percent_label"] == "Gait cycle (%)" and place == 0 else _KEY
        known = {panel["name"]: panel for section in page["sections"] for panel in section["panels"] if panel}
        rows = min(left, FIRST_ROWS if place == 0 else 1)
        drawn = [_drawing(page, known[name]) for name in wanted if name in known][: rows * COLUMNS]
        left -= -(-len(drawn) // COLUMNS)
        if drawn:
            out.append({"title": page["title"], "label": page["percent_label"], "panels": drawn})
        elif known:
            left_out.append(page["title"])
    return out, left_out


def _drawing(page: dict[str, Any], panel: dict[str, Any]) -> dict[str, Any]:
    curves = unpacked(panel["curves"])
    low, high = panel["scale"]
    sides = np.array([cycle["side"] for cycle in page["cycles"]])
    whole = np.array(panel["whole"], dtype=bool)
    lines = []
    for side in page["sides"]:
        rows = curves[(sides == side) & whole]
        if len(rows):
            together = np.where(np.isnan(rows).any(axis=0), np.nan, rows)
            lines.append({"side": side, "path": _path(together.mean(axis=0), low, high)})
    norm, band = panel["norm"], ""
    if norm:
        mean, sd = unpacked(norm["mean"]), unpacked(norm["sd"])
        upper, lower = _points(mean + sd, low, high), _points(mean - sd, low, high)
        band = f"M{' L'.join(upper + lower[::-1])}Z"
    return {
        "title": panel["title"],
        "unit": panel["unit"],
        "low": f"{low:g}".replace("-", "\N{MINUS SIGN}"),
        "high": f"{high:g}".replace("-", "\N{MINUS SIGN}"),
        "lines": lines,
        "band": band,
        "zero": round(_HEIGHT * high / (high - low), 2) if low < 0 < high else None,
    }


def _points(values: np.ndarray, low: float, high: float) -> list[str]:
    x = np.linspace(0, _WIDTH, len(values))
    y = (_HEIGHT * (high - values) / (high - low)).clip(0, _HEIGHT)
    return [f"{a:.1f} {b:.2f}" for a, b in zip(x, y, strict=True) if np.isfinite(b)]


def _path(values: np.ndarray, low: float, high: float) -> str:
    """Return a line with a break wherever a value is missing."""
    x = np.linspace(0, _WIDTH, len(values))
    y = _HEIGHT * (high - values) / (high - low)
    parts, pen = [], "M"
    for a, b in zip(x, y, strict=True):
        if not np.isfinite(b):
            pen = "M"
            continue
        parts.append(f"{pen}{a:.1f} {min(max(b, 0.0), _HEIGHT):.2f}")
        pen = "L"
    return "".join(parts)
