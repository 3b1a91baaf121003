"""How the numbers of a session came about, in a few lines, and where thresholds, norms and methods are published."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from biomech.findings.finding import AND_SOURCE, Finding
from biomech.report.panels import task_title

_ANGLES = (
    "Cardan angles of the joint coordinate systems; a name says the positive direction (knee abduction: abduction +)"
)


def methods_facts(
    moved: Sequence[Mapping[Any, Any]], loaded: Sequence[Mapping[Any, Any]], cycles: xr.Dataset
) -> list[tuple[str, str]]:
    """Return what was done, as pairs of a subject and its text; what differs between tasks is given by task.

    Parameters
    ----------
    moved, loaded : sequence of mapping
        Attributes of the kinematics and the kinetics of every trial, which say how they were made.
    cycles : xr.Dataset
        Of the session; its provenance says with which config.
    """
    rows = [("angles", _ANGLES)] if moved else []
    rows += _by_task("pose of segments", moved, "method")
    rows += _by_task("low-pass of markers", moved, "cutoff_hz", "Hz")
    rows += _by_task("low-pass of forces", loaded, "force_cutoff_hz", "Hz")
    rows += _by_task("joint moments", loaded, "method")
    rows += _by_task("sign of moments", loaded, "moment_convention")
    rows += _by_task("joint centres of moments", loaded, "joint_centres")
    rows += _by_task("body mass", loaded, "mass_kg", "kg")
    config = json.loads(str(cycles.attrs.get("config") or "{}"))
    if order := config.get("cycles", {}).get("event_sources"):
        rows.append(("events", f"by trust: {', '.join(map(str, order))}"))
    if lab := config.get("lab"):
        rows.append(("lab axes as recorded", f"forward {lab.get('forward')}, up {lab.get('up')}"))
    return rows


def sources(findings: Sequence[Finding], pages: Sequence[dict[str, Any]]) -> list[str]:
    """Return every source of a norm, threshold, definition or reference band on the page, each once, in alphabetical order.

    Parameters
    ----------
    findings : sequence of Finding
    pages : sequence of dict
        Of `biomech.html_report.curves.curve_pages`.
    """
    found = [part.strip() for one in findings for part in one.source.split(AND_SOURCE)]
    found += [page["reference"].split("; ", 1)[-1] for page in pages if page["reference"]]
    return sorted({text for text in found if text}, key=str.casefold)


def _by_task(title: str, attrs: Sequence[Any], name: str, unit: str = "") -> list[tuple[str, str]]:
    values: dict[str, list[str]] = {}
    for one in attrs:
        value = one.get(name)
        if value is None or value == "":
            continue
        text = f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")
        text = "none" if text == "nan" else f"{text} {unit}".strip()
        values.setdefault(text, []).append(task_title(str(one.get("task", ""))))
    if not values:
        return []
    if len(values) == 1:
        return [(title, next(iter(values)))]
    return [(title, "; ".join(f"{text} ({', '.join(dict.fromkeys(tasks))})" for text, tasks in values.items()))]
