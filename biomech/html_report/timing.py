"""Hip and foot in the descent: both angles as a share of their own rise, on one axis, with the times that the findings measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from biomech.findings.finding import Finding, number
from biomech.findings.page import typeset
from biomech.findings.summary import place_words
from biomech.html_report.packed import packed

HIP, FOOT = "hip_adduction", "rearfoot_eversion"
_LEADS = (
    ("lead_at_the_beginning_ms", "beginning"),
    ("lead_at_half_of_the_rise_ms", "half"),
    ("lead_near_the_peak_ms", "peak"),
)
_LEAST_DEG = 1.0  # a smaller rise is noise, and its share means nothing (chosen)


def timing(findings: Sequence[Finding], cycles: xr.Dataset) -> list[dict[str, Any]]:
    """Return one entry for every leg and task whose order in time the findings judged, or could not.

    Parameters
    ----------
    findings : sequence of Finding
        Of all topics.
    cycles : xr.Dataset
        Of this session.
    """
    out = []
    for one in findings:
        if one.topic != "sequence":
            continue
        leads = [
            {"words": words, "text": _lead(one.evidence.get(key))}
            for key, words in _LEADS
            if one.evidence.get(key) is not None
        ]
        out.append(
            {
                "title": place_words((one.task, one.condition, one.footwear), False),
                "side": one.side,
                "verdict": str(one.evidence.get("verdict", "")).replace("_", " "),
                "sentence": typeset(one.sentence),
                "norm": typeset(one.norm),
                "n": one.n,
                "leads": leads,
                "curves": _rises(one, cycles),
            }
        )
    return out


def _lead(lead: Any) -> str:
    """Return a lead of the hip in ms with its interval, from the evidence of a finding."""
    low, high = lead.get("low"), lead.get("high")
    interval = f" ({number(low)} to {number(high)})" if low is not None and high is not None else ""
    return f"{number(lead['mean'])}{interval} ms"


def _rises(one: Finding, cycles: xr.Dataset) -> dict[str, Any] | None:
    """Return the mean of hip and foot down to the lowest point, 0 at its least before its peak and 1 there; None in gait or without both."""
    if "angle" not in cycles or "bottom_percent" not in cycles.coords:
        return None
    known = cycles["quantity"].to_numpy().tolist()
    place = {"task": one.task, "condition": one.condition, "footwear": one.footwear, "side": one.side}
    mine = np.all([cycles[name].to_numpy().astype(str) == value for name, value in place.items()], axis=0)
    bottom = cycles["bottom_percent"].to_numpy().astype(float)
    rows = np.flatnonzero(mine & np.isfinite(bottom) & (bottom > 0))
    if not len(rows) or not {HIP, FOOT} <= set(known):
        return None
    percent, share = cycles["percent"].to_numpy(), np.linspace(0, 1, 51)
    seconds = float(np.mean((cycles["end"] - cycles["start"]).to_numpy()[rows] * bottom[rows] / 100))
    means = {}
    for name in (HIP, FOOT):
        curves = cycles["angle"].sel(quantity=name).transpose("cycle", "percent").to_numpy()[rows]
        parts = [np.interp(share * bottom[row], percent, curve) for row, curve in zip(rows, curves, strict=True)]
        mean = np.mean(parts, axis=0)
        if not np.isfinite(mean).all():
            return None
        peak = int(mean.argmax())
        start = float(mean[: peak + 1].min())
        rise = float(mean[peak]) - start
        if rise < _LEAST_DEG:
            return None
        means[name] = {"share": packed((mean - start) / rise), "rise": f"{number(rise)}°"}
    return {"time": packed(share * seconds), "seconds": round(seconds, 3), "hip": means[HIP], "foot": means[FOOT]}
