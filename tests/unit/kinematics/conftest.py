"""A rigid-segment person whose poses are known: raw and model trees as the stages before would write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr
from scipy.spatial.transform import Rotation

from biomech.config import parse_config
from biomech.io.sheets import Session, Trial
from biomech.model.markersets import load_markerset
from biomech.quality import Quality
from biomech.schema import AXES, SEGMENTS, SIDES

S = np.diag([1.0, 1, -1])
LANDMARKS = {
    "pelvis": {"hip": [-0.05, -0.08, 0.09]},
    "trunk": {},
    "thigh": {"hip": [0, 0, 0], "knee": [0, -0.4, 0]},
    "shank_proximal": {"knee": [0, 0, 0], "ankle": [0, -0.4, 0]},
    "shank_distal": {"ankle": [0, 0, 0]},
    "foot": {"ankle": [0, 0, 0], "heel": [-0.05, -0.06, 0], "toe": [0.15, -0.06, 0]},
    "rearfoot": {},
    "forefoot": {},
}
ORIGIN = {"thigh": ("pelvis", "hip"), "shank_proximal": ("thigh", "knee"), "foot": ("shank_proximal", "ankle")}
TORSION = Rotation.from_euler("Y", -15, degrees=True).as_matrix()


def euler(sequence, degrees):
    return Rotation.from_euler(sequence, np.asarray(degrees, float), degrees=True).as_matrix()


@dataclass
class Person:
    """True poses (mirrored-right), markers and the session around them."""

    markerset: object
    template: dict  # side -> marker -> (segment, place)

    def poses(self, angles, path, yaw_deg):
        """Angles: side -> joint -> (n, 3) in degrees (raw ZXY); pelvis (n, 3) as (YXZ) of the right side."""
        n = len(path)
        turn = euler("Y", np.full((n, 1), yaw_deg))
        right = turn @ euler("YXZ", angles["pelvis"])
        trunk = turn @ euler("YXZ", angles["trunk"])
        out = {}
        for side in SIDES:
            m = S if side == "left" else np.eye(3)
            R = {"pelvis": m @ right @ m, "trunk": m @ trunk @ m}
            p = {"pelvis": path @ m, "trunk": (path + np.array([0, 0.4, 0])) @ m}
            for joint, (parent, child) in {
                "hip": ("pelvis", "thigh"),
                "knee": ("thigh", "shank_proximal"),
                "ankle": ("shank_distal", "foot"),
            }.items():
                R[child] = R[parent] @ euler("ZXY", angles[side][joint])
                owner, landmark = ORIGIN[child]
                p[child] = p[owner] + R[owner] @ np.array(LANDMARKS[owner][landmark], float)
                if child == "shank_proximal":
                    R["shank_distal"] = R[child] @ TORSION
                    p["shank_distal"] = p[child] + R[child] @ np.array(LANDMARKS[child]["ankle"], float)
            for part in ("rearfoot", "forefoot"):
                R[part], p[part] = R["foot"], p["foot"]
            out[side] = (R, p)
        return out

    def raw(self, poses, rate_hz=100.0, role="dynamic", task="walking"):
        """Raw dataset of a trial with every marker of both sides."""
        labels, points = [], []
        for side in SIDES:
            R, p = poses[side]
            m = S if side == "left" else np.eye(3)
            for name, (segment, place) in self.template[side].items():
                label = self.markerset.label_of(side, name)
                if label not in labels:
                    labels.append(label)
                    points.append((p[segment] + R[segment] @ place) @ m)
        n = len(points[0])
        return xr.Dataset(
            {"marker_position": (("time", "marker", "axis"), np.stack(points, axis=1))},
            coords={"time": np.arange(n) / rate_hz, "marker": np.array(labels, object), "axis": list(AXES)},
            attrs={"rate_hz": rate_hz, "role": role, "task": task, "file": "lab/file.c3d"},
        )

    def model(self, footwear="shod"):
        """Model dataset of the static trial."""
        markerset = self.markerset
        names = sorted({m for s in SEGMENTS for m in markerset.cluster_of(s)})
        landmarks = sorted({name for one in LANDMARKS.values() for name in one})
        template = np.full((2, len(SEGMENTS), len(names), 3), np.nan)
        local = np.full((2, len(SEGMENTS), len(landmarks), 3), np.nan)
        for i, side in enumerate(SIDES):
            for j, segment in enumerate(SEGMENTS):
                for marker in markerset.cluster_of(segment):
                    template[i, j, names.index(marker)] = self.local(side, segment, marker)
                for landmark, place in LANDMARKS[segment].items():
                    local[i, j, landmarks.index(landmark)] = place
        return xr.Dataset(
            {
                "template": (("side", "segment", "marker", "axis"), template),
                "landmark_local": (("side", "segment", "landmark", "axis"), local),
                "parameter": (("side", "name"), np.array([[0.9], [0.9]])),
                "parameter_unit": (("name",), np.array(["m"], object)),
            },
            coords={"side": list(SIDES), "segment": list(SEGMENTS), "marker": names, "landmark": landmarks,
                    "axis": list(AXES), "name": ["leg_length"]},
            attrs={"footwear": footwear},
        )  # fmt: skip

    def local(self, side, segment, marker):
        if marker.endswith("_opposite"):
            other = SIDES[1 - SIDES.index(side)]
            return self.template[other][marker.removesuffix("_opposite")][1] @ S
        place = self.template[side][marker][1]
        if segment == "shank_distal":
            return TORSION.T @ (place - np.array(LANDMARKS["shank_proximal"]["ankle"], float))
        return place


@pytest.fixture(scope="session")
def person():
    markerset = load_markerset("cast_lower_limb")
    rng = np.random.default_rng(7)
    owner = {}
    for segment in ("forefoot", "rearfoot", "foot", "shank_proximal", "thigh", "trunk", "pelvis"):
        for marker in markerset.cluster_of(segment):
            if not marker.endswith("_opposite"):
                owner[marker] = "foot" if segment in ("forefoot", "rearfoot") else segment
    template = {side: {} for side in SIDES}
    for marker, segment in owner.items():
        for side in ("right", "left"):
            place = rng.normal(scale=0.06, size=3) + np.array([0, -0.1, 0])
            if markerset.markers[marker].midline:
                place[2] = 0.02
                if side == "left":
                    place = template["right"][marker][1] @ S
            template[side][marker] = (segment, place)
    return Person(markerset, template)


@pytest.fixture
def walk(person):
    """One second and a half of walking to lab -z, every angle moving; returns (true angles, raw dataset, poses)."""
    n, t = 150, np.arange(150) / 100
    wave = lambda a, b, phase: a + b * np.sin(2 * np.pi * 0.9 * t + phase)  # noqa: E731
    stack = lambda *rows: np.stack([wave(*row) for row in rows], axis=-1)  # noqa: E731
    angles = {"pelvis": stack((0, 4, 0), (1, 4, 1), (-11, 2, 2)), "trunk": stack((0, 6, 2), (0, 2, 1), (-4, 2, 0))}
    for side, phase in (("left", 0.0), ("right", np.pi)):
        angles[side] = {
            "hip": stack((15, 25, phase), (2, 6, phase + 1), (3, 7, phase + 2)),
            "knee": stack((-30, 28, phase), (1, 3, phase), (-4, 6, phase + 1)),
            "ankle": stack((2, 12, phase), (0, 5, phase), (-3, 4, phase)),
        }
    path = np.array([0.0, 0.95, 0]) + t[:, None] * np.array([0.0, 0, -1.3])
    poses = person.poses(angles, path, 90.0)
    assert n == len(path)
    return angles, person.raw(poses), poses


@pytest.fixture
def standing(person):
    """A still static trial: hips flexed 11 degrees against the tilt, feet straight."""
    zero = np.zeros((50, 3))
    angles = {"pelvis": zero + np.array([0, 0, -11]), "trunk": zero}
    for side in SIDES:
        angles[side] = {
            "hip": zero + np.array([11, 1, 0]),
            "knee": zero + np.array([-3, 0, 0]),
            "ankle": zero + np.array([0, 2, 0]),
        }
    return angles, person.raw(person.poses(angles, zero + np.array([0, 0.95, 0]), 0.0), role="static", task="static")


@pytest.fixture
def config():
    """No filter, so that noise-free markers give the truth back."""
    return parse_config({"signals": {"cutoff_hz": {"walking": None, "static": None}}})


@pytest.fixture
def session():
    return Session(
        participant="P01",
        session="1",
        trials=(
            Trial(trial="walk", file="walk.c3d", role="dynamic", task="walking", footwear="shod"),
            Trial(trial="stand", file="stand.c3d", role="static", task="static", footwear="shod"),
        ),
    )


@pytest.fixture
def quality():
    return Quality("P01", "1", "kinematics")
