"""The participant: body dimensions, marker positions, standing posture and size of the valgus pattern.

Everything here is written for a right leg (x anterior, y up, z lateral); the left leg is its mirror image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from biomech_simulation.order import Order
from biomech_simulation.turns import rot_x

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pattern:
    """Size of the valgus pattern of one leg, in degrees at its peak in stance, on top of a usual walker's curves.

    Parameters
    ----------
    hip_adduction_deg : float
        Further hip adduction: half of the knee abduction below, the rest by dropping the opposite side of the pelvis.
    hip_internal_rotation_deg, knee_abduction_deg : float
        Further hip internal rotation and knee abduction.
    rearfoot_eversion_deg : float
        Eversion of the rearfoot on the forefoot; the midfoot is rigid while it is 0 on both sides.
    trunk_lean_deg : float
        Further lean of the trunk over the stance leg.
    pelvic_drop_deg : float, optional
        Single-leg squat: further drop of the opposite side of the pelvis. Left out: what walking uses, hip adduction
        less half of the knee abduction.
    hip_lead_s : float
        Squats and landings: how long before the rearfoot everts the hip, the pelvis and the knee move; negative where the
        foot leads. It is the eversion that is moved in time, all of it, so the course of the hip does not depend on it.
    hip_late_s : float
        Squats and landings: how long after the leg begins to bend the hip, the pelvis and the knee leave their usual
        course; the foot's eversion, and so the lead, goes with them.
    fatigue : float
        Squats: growth of the pattern from one repetition to the next, as a part of its size.
    order : Order, optional
        Squats: the rearfoot everts as the hip adducts, with an order on the way down and one on the way back, instead of a course
        of its own that ``hip_lead_s`` moves.
    """

    hip_adduction_deg: float = 0.0
    hip_internal_rotation_deg: float = 0.0
    knee_abduction_deg: float = 0.0
    rearfoot_eversion_deg: float = 0.0
    trunk_lean_deg: float = 0.0
    pelvic_drop_deg: float | None = None
    hip_lead_s: float = 0.0
    hip_late_s: float = 0.0
    fatigue: float = 0.0
    order: Order | None = None

    @property
    def drop_deg(self) -> float:
        """Further drop of the opposite side of the pelvis in single support."""
        if self.pelvic_drop_deg is not None:
            return self.pelvic_drop_deg
        return self.hip_adduction_deg - 0.5 * self.knee_abduction_deg

    def late_s(self, part: Literal["hip", "foot"]) -> float:
        """How much later than the bending of the leg a part moves, s; the knee and the pelvis go with the hip."""
        return self.hip_late_s + (self.hip_lead_s if part == "foot" else 0.0)


@dataclass(frozen=True)
class Posture:
    """Standing, in degrees, both legs alike."""

    pelvis_anterior_tilt: float = 11.0
    pelvis_internal_rotation: float = 1.5  # of the right side
    pelvis_drop: float = 0.6  # left side lower
    trunk_flexion: float = 2.0
    knee_flexion: float = 5.0
    knee_abduction: float = 0.5
    knee_internal_rotation: float = -3.0
    hip_internal_rotation: float = -2.0
    toe_out: float = 8.0
    rearfoot_eversion: float = 0.0
    foot_distance_m: float = 0.20


@dataclass(frozen=True)
class Participant:
    """Dimensions of a synthetic participant.

    Lengths that are left out follow from the height (Drillis & Contini 1966 as printed by Winter 2009, fig. 4.1, for
    thigh, shank and foot; pelvis width and depth in proportion to the sample of Harrington et al. 2007).

    Parameters
    ----------
    name : str
        Label of the participant.
    sex : {"female", "male"}
    height_m, mass_kg : float
    tibial_torsion_deg : float
        External torsion from the knee's to the ankle's transverse axis.
    patterns : mapping of side to Pattern
        Valgus pattern of each leg.
    posture : Posture
        How the participant stands.
    leg_postures : mapping of side to Posture
        Where a leg stands otherwise: its turn of hip and knee and its knee abduction, which it keeps in every movement.
    arch_drop_m : float
        How much lower the navicular comes at mid-stance than in standing. Nielsen et al. 2009 (J Foot Ankle Res 2:12):
        5.3 mm (SD 1.7) over a step of 280 healthy adults. 0, and no eversion anywhere, is a foot that is one rigid body.
    """

    name: str = "synthetic"
    sex: Literal["female", "male"] = "female"
    height_m: float = 1.68
    mass_kg: float = 62.0
    thigh_length_m: float = 0.0
    shank_length_m: float = 0.0
    foot_length_m: float = 0.0
    pelvis_width_m: float = 0.0
    pelvis_depth_m: float = 0.0
    tibial_torsion_deg: float = 16.0
    patterns: Mapping[str, Pattern] = field(default_factory=dict)
    posture: Posture = field(default_factory=Posture)
    leg_postures: Mapping[str, Posture] = field(default_factory=dict)
    arch_drop_m: float = 0.006

    def stands(self, side: str) -> Posture:
        """How a leg stands."""
        return self.leg_postures.get(side, self.posture)

    @property
    def thigh(self) -> float:
        """Hip centre to knee centre, m."""
        return self.thigh_length_m or 0.240 * self.height_m

    @property
    def shank(self) -> float:
        """Knee centre to ankle centre, m."""
        return self.shank_length_m or 0.240 * self.height_m

    @property
    def foot(self) -> float:
        """Back of the heel to tip of the toes, m."""
        return self.foot_length_m or 0.152 * self.height_m

    @property
    def pelvis_width(self) -> float:
        """Distance of the anterior superior iliac spines, m."""
        return self.pelvis_width_m or 0.142 * self.height_m

    @property
    def pelvis_depth(self) -> float:
        """Distance of the midpoints of the anterior and posterior superior iliac spines, m."""
        return self.pelvis_depth_m or 0.088 * self.height_m

    @property
    def ankle_height(self) -> float:
        """Ankle centre above the floor, foot flat, m."""
        return 0.046 * self.height_m

    @property
    def hip(self) -> Array:
        """Hip centre in the pelvis frame (origin midway between the anterior spines), m.

        Harrington et al. 2007 (J Biomech 40:595), regressions of one variable each, so the regression that the
        pipeline uses by default places it without error.
        """
        return np.array(
            [
                -0.24 * self.pelvis_depth - 0.0099,
                -0.30 * self.pelvis_width - 0.0109,
                0.33 * self.pelvis_width + 0.0073,
            ]
        )

    @property
    def lumbar(self) -> Array:
        """Lumbar joint in the pelvis frame, m (Dumas & Wojtusch 2018, Handbook of Human Motion)."""
        x, y = (-0.340, 0.049) if self.sex == "female" else (-0.335, -0.032)
        return np.array([x * self.pelvis_width, y * self.pelvis_width, 0.0])

    @property
    def sole(self) -> Sole:
        """Shape of the sole."""
        return Sole(self.foot, self.ankle_height)

    def pattern(self, side: str) -> Pattern:
        """Valgus pattern of a leg."""
        return self.patterns.get(side, Pattern())

    @property
    def rigid_midfoot(self) -> bool:
        """Whether rearfoot, navicular and forefoot move as one."""
        eversions = [
            self.arch_drop_m,
            self.posture.rearfoot_eversion,
            *(p.rearfoot_eversion_deg for p in self.patterns.values()),
        ]
        return not any(eversions)


@dataclass(frozen=True)
class Sole:
    """Sagittal outline of the sole: a round heel, a flat, and a round forefoot that rolls up to the toe tip.

    Coordinates x along the foot from the point below the ankle centre, y from the floor, m.
    """

    length: float
    ankle_height: float

    @property
    def back(self) -> float:
        """Back of the heel."""
        return -0.22 * self.length

    @property
    def tip(self) -> float:
        """Tip of the toes."""
        return 0.78 * self.length

    @property
    def heel(self) -> float:
        """Where the flat ends towards the heel, below the centre of the heel's circle."""
        return -0.14 * self.length

    @property
    def ball(self) -> float:
        """Where the flat ends towards the toes, below the centre of the forefoot's circle."""
        return 0.53 * self.length

    @property
    def heel_radius(self) -> float:
        """Radius of the heel's circle."""
        return 0.10 * self.length

    @property
    def ball_radius(self) -> float:
        """Radius of the forefoot's circle."""
        return 0.19 * self.length

    @property
    def half_width(self) -> float:
        """Half of the greatest width."""
        return 0.19 * self.length


def landmarks(participant: Participant) -> dict[str, dict[str, Array]]:
    """Markers of each rigid body of a right leg, in that body's coordinates, m.

    Returns
    -------
    dict
        ``pelvis`` and ``thigh`` and ``shank`` in their anatomical frames (origins: midway between the anterior spines,
        hip centre, knee centre), ``trunk`` from the lumbar joint, ``rearfoot``, ``midfoot`` (the navicular) and ``forefoot``
        along the flat foot from the ankle centre, before the rearfoot everts and the arch lowers.
    """
    h, pw, pd = participant.height_m, participant.pelvis_width, participant.pelvis_depth
    lt, ls, fl = participant.thigh, participant.shank, participant.foot
    floor = -participant.ankle_height
    # the malleolar axis: turned outwards by the torsion, its lateral end 3 degrees lower
    malleoli = Rotation.from_euler("YX", [-np.radians(participant.tibial_torsion_deg), np.radians(3.0)]).apply(
        [0.0, 0.0, 0.021 * h]
    )
    ankle = np.array([0.0, -ls, 0.0])
    knee = np.array([0.0, -lt, 0.0])
    pelvis = {"ASI": [0, 0, pw / 2], "PSI": [-pd, 0, 0.19 * pw]}
    trunk = {
        "C7": [-0.050 * h, 0.250 * h, 0],
        "IJ": [0.030 * h, 0.230 * h, 0],
        "T8": [-0.070 * h, 0.140 * h, 0],
        "PX": [0.050 * h, 0.120 * h, 0],
    }
    thigh = {
        "TH1": [0.075, -0.40 * lt, 0.030],
        "TH2": [0.020, -0.48 * lt, 0.085],
        "TH3": [0.068, -0.66 * lt, 0.040],
        "TH4": [-0.015, -0.62 * lt, 0.080],
        "LFE": knee + np.array([0, 0.003, 0.030 * h]),
        "MFE": knee - np.array([0, 0.003, 0.030 * h]),
    }
    shank = {
        "SK1": [0.045, -0.30 * ls, 0.012],
        "SK2": [0.000, -0.36 * ls, 0.058],
        "SK3": [0.040, -0.60 * ls, 0.010],
        "SK4": [-0.005, -0.55 * ls, 0.052],
        "FH": [0, -0.020, 0.028 * h],  # in the plane z, y: it defines the frontal plane of the proximal shank
        "TT": [0.045, -0.065, 0.008],
        "LM": ankle + malleoli,
        "MM": ankle - malleoli,
    }
    rearfoot = {
        "CALP": [-0.215 * fl, floor + 0.24 * fl, 0.000],
        "CALD": [-0.235 * fl, floor + 0.11 * fl, 0.001],
        "ST": [-0.020 * fl, floor + 0.20 * fl, -0.120 * fl],
        "PT": [0.005 * fl, floor + 0.16 * fl, 0.130 * fl],
    }
    midfoot = {"NAV": [0.130 * fl, floor + 0.200 * fl, -0.135 * fl]}
    forefoot = {
        "B1": [0.270 * fl, floor + 0.200 * fl, -0.090 * fl],
        "B2": [0.280 * fl, floor + 0.220 * fl, -0.015 * fl],
        "B5": [0.160 * fl, floor + 0.130 * fl, 0.150 * fl],
        "M1": [0.500 * fl, floor + 0.130 * fl, -0.150 * fl],
        "M2": [0.540 * fl, floor + 0.135 * fl, -0.050 * fl],
        "M5": [0.420 * fl, floor + 0.110 * fl, 0.175 * fl],
    }
    bodies: dict[str, dict] = {
        "pelvis": pelvis,
        "trunk": trunk,
        "thigh": thigh,
        "shank": shank,
        "rearfoot": rearfoot,
        "midfoot": midfoot,
        "forefoot": forefoot,
    }
    return {
        body: {name: np.asarray(point, dtype=float) for name, point in points.items()}
        for body, points in bodies.items()
    }


@dataclass(frozen=True)
class Anatomy:
    """Anatomical frames fixed to the bodies whose own coordinates differ from them (columns x, y, z)."""

    shank_distal: Array  # in shank coordinates
    foot: Array  # in foot coordinates
    rearfoot: Array  # in rearfoot coordinates
    forefoot: Array  # in foot coordinates


def rearfoot_pose(participant: Participant, eversion: Array) -> tuple[Array, Array]:
    """Rotation and shift of the rearfoot in foot coordinates when it everts about the line where the heel stands.

    Parameters
    ----------
    eversion : (...,) array
        rad, positive everting.
    """
    rotation = rot_x(-np.asarray(eversion))
    pivot = np.array([0.0, -participant.ankle_height, 0.0])
    return rotation, pivot - rotation @ pivot


def anatomy(participant: Participant) -> Anatomy:
    """Anatomical frames from the standing markers.

    Distal shank after Wu et al. 2002; foot flat on the floor in the standing trial; rearfoot and forefoot of the
    Amsterdam Foot Model (Schallig et al. 2022, J Foot Ankle Res 15:46).
    """
    points = landmarks(participant)
    shank = points["shank"]
    lateral = _unit(shank["LM"] - shank["MM"])
    anterior = _unit(np.cross([0.0, 1.0, 0.0], lateral))
    distal = np.column_stack([anterior, np.cross(lateral, anterior), lateral])

    turn, shift = rearfoot_pose(participant, np.radians(participant.posture.rearfoot_eversion))
    heel = {name: turn @ point + shift for name, point in points["rearfoot"].items()}
    fore = points["forefoot"]
    toe = (fore["M1"] + fore["M5"]) / 2
    flat = toe - [heel["CALD"][0], toe[1], heel["CALD"][2]]  # the heel marker lifted to the height of the toes
    foot = _along(flat, np.cross(fore["M5"] - fore["M1"], flat))

    rear = points["rearfoot"]
    long_axis = (rear["ST"] + rear["PT"] - rear["CALD"] - rear["CALP"]) / 2
    across = np.cross(long_axis, rear["CALP"] - rear["CALD"])
    rearfoot = _along(long_axis, np.cross(across, long_axis))

    origin = (fore["B1"] + 2 * fore["B2"] + fore["B5"]) / 4
    medial, outer = (fore["M1"] + fore["M2"]) / 2, (fore["M2"] + fore["M5"]) / 2
    forefoot = _along((medial + outer) / 2 - origin, np.cross(outer - origin, medial - origin))
    return Anatomy(distal, foot, rearfoot, forefoot)


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)


def _along(x: Array, y: Array) -> Array:
    """Frame whose first axis is `x`, second `y` (perpendicular to it)."""
    first, second = _unit(x), _unit(y)
    return np.column_stack([first, second, np.cross(first, second)])
