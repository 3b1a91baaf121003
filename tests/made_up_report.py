"""A made-up session with all that its report is made from; labels can be hostile."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from biomech.findings.finding import Finding
from biomech.findings.page import json_text
from biomech.html_report.session import SessionMaterial
from biomech.io.sheets import Session, Trial
from biomech.quality import COLUMNS
from tests.made_up_study import session_cycles, session_metrics

HOSTILE = "<script>window.hostile = true</script><img src=x onerror='window.hostile = true'>"


def moving_trial(seconds: float = 4.5, rate_hz: float = 100.0, marker: str = "LASI") -> xr.Dataset:
    """Kinematics of a person who walks along X; knee flexion and projection angle are known waves."""
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    n, sides, names = len(time), ["left", "right"], ["fppa", "knee_flexion"]
    centres = np.zeros((n, 2, 3, 3))
    for s, z in enumerate((-0.1, 0.1)):
        for j, height in enumerate((0.9, 0.5, 0.1)):
            centres[:, s, j] = np.stack([time, np.full(n, height), np.full(n, z + 0.02 * j)], axis=1)
    angle = np.stack([10 * np.sin(2 * np.pi * time), 30 - 30 * np.cos(2 * np.pi * time / 1.1)], axis=1)
    rotation = np.broadcast_to(np.eye(3), (n, 2, 1, 3, 3)).copy()
    dims = ("time", "side")
    return xr.Dataset(
        {
            "joint_centre": ((*dims, "joint", "axis"), centres),
            "marker_clean": (("time", "marker", "axis"), centres[:, 0, :2]),
            "rotation": ((*dims, "segment", "row", "column"), rotation),
            "origin": ((*dims, "segment", "axis"), centres[:, :, :1]),
            "progression": (("time", "axis"), np.tile([1.0, 0.0, 0.0], (n, 1))),
            "angle": ((*dims, "quantity"), np.repeat(angle[:, None], 2, axis=1)),
        },
        coords={
            "time": time, "side": sides, "joint": ["hip", "knee", "ankle"], "axis": list("xyz"), "quantity": names,
            "marker": [marker, "RASI"], "segment": ["thigh"], "row": list("xyz"), "column": list("xyz"),
        },
        attrs={"task": "walking", "method": "sixdof", "cutoff_hz": 6.0},
    )  # fmt: skip


def slower(trial: xr.Dataset) -> xr.Dataset:
    """The same trial at four fifths of its speed."""
    return trial.assign_coords(time=trial["time"].to_numpy() * 1.25)


def force_of(kinematics: xr.Dataset) -> xr.Dataset:
    """Kinetics of the same frames: the left foot stands in the first half, with a force of 700 N; the right one never."""
    n = kinematics.sizes["time"]
    stands = np.zeros((n, 2))
    stands[: n // 2, 0] = 1
    force = np.zeros((n, 2, 3))
    force[..., 1] = 700.0 * stands
    start = np.where(stands[..., None] > 0, 0.25, np.nan) * np.ones(3)
    dims = ("time", "side", "axis")
    data = {
        "contact": (("time", "side"), stands),
        "ground_reaction": (dims, force),
        "centre_of_pressure": (dims, start),
    }
    return xr.Dataset(
        data, coords={name: kinematics[name] for name in dims}, attrs={"task": "walking", "mass_kg": 70.0}
    )


def found(**evidence: object) -> Finding:
    """A finding about the size of the projection angle of the left leg."""
    place = {"task": "walking", "condition": "preferred", "footwear": "barefoot", "side": "left"}
    told = {"metric": "fppa__peak__stance", "last_visit": {"session": "pre", "value": 9.0}} | evidence
    numbers = {"value": 6.0, "low": 5.0, "high": 7.0}
    return Finding(
        "size",
        **place,
        sentence="Projection angle",
        **numbers,
        unit="degree",
        n=4,
        norm="",
        source="made up",
        evidence=told,
    )


def material(hostile: bool = False, empty: bool = False) -> SessionMaterial:
    """What a report is made from: two visits of walking; with hostile labels everywhere; or a session in which nothing worked."""
    text = HOSTILE if hostile else ""
    name = f"walking1{text}"
    visits = [session_cycles("P01", session, n_cycles=3, seed=k) for k, session in enumerate(("pre", "post"))]
    if hostile:
        n = visits[1].sizes["cycle"]
        cells = {"trial": name, "condition": f"cue{text}"}
        visits = [
            one.assign_coords({key: ("cycle", np.repeat(cell, n)) for key, cell in cells.items()}) for one in visits
        ]
    cycles = visits[1]
    metrics = session_metrics(cycles)
    moved = moving_trial(marker=f"LASI{text}")
    trials = [Trial(trial=name, file="a.c3d", role="dynamic", task="walking", condition=f"cue{text}")]
    session = Session(participant="P01", session="post", label=f"post{text}", sex="female", trials=tuple(trials))
    row = {"participant": "P01", "session": "post", "trial": name, "stage": "kinetics", "level": "warning"}
    row |= {
        "code": "plate",
        "item": "",
        "message": f"plate 1 {text}",
        "action": f"look {text}",
        "value": np.nan,
        "unit": "",
    }
    quality = pd.DataFrame([row], columns=list(COLUMNS))
    listed = [replace(found(), condition=f"cue{text}") if hostile else found()]
    if empty:
        cycles = metrics = xr.Dataset()
        visits, moved, listed = [cycles], None, []
        quality = quality.assign(level="error", code="unreadable", stage="ingest", message="not a C3D file")
    return SessionMaterial(
        session=session,
        cycles=cycles,
        metrics=metrics,
        visits=visits,
        raw={},
        kinematics={} if moved is None else {name: moved, "slower": slower(moved)},
        kinetics={} if moved is None else {name: force_of(moved)},
        findings=json.loads(json_text(listed, {"participant": "P01"})),
        quality=quality,
        provenance={"biomech_version": "1", "config": "{}", "input_sha256": "{}"},
    )
