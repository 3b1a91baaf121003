"""Mass, centre of mass and inertia tensor of body segments from published tables.

All segments are given in the frames x anterior, y proximal (up), z lateral: the right side as it is, the left side
after mirroring.

**Sums.** The printed mass fractions of Dumas & Wojtusch add up to 100.4 % (female) and 100.2 % (male). A single leg is
computed with the fractions as printed, so that results compare with the papers.

**Sex unknown.** Mass fraction, centre of mass and tensor are the means of the female and the male ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Sex = Literal["female", "male", "unknown"]
Method = Literal["dumas", "de_leva", "plug_in_gait", "dempster"]


@dataclass(frozen=True)
class Inertia:
    """Inertia of one segment.

    Parameters
    ----------
    mass : float
        kg.
    com : ndarray, (3,)
        Centre of mass from the method's origin of the segment, in the segment's frame (z lateral), m.
    tensor : ndarray, (3, 3)
        Inertia tensor about the centre of mass on the segment's axes (z lateral), kg m^2.
    """

    mass: float
    com: NDArray[np.float64]
    tensor: NDArray[np.float64]


@dataclass(frozen=True)
class Extent:
    """What a method calls the length of a segment.

    Parameters
    ----------
    origin : str
        Point from which the centre of mass is counted.
    end : str
        Other end of the length.
    """

    origin: str
    end: str


# Dumas & Wojtusch 2018 (Handbook of Human Motion, "Estimation of the body segment inertial parameters for the rigid
# body biomechanical models used in motion analysis", tables 2 and 3), which go back to Dumas, Cheze & Verriest 2007.
# Row: mass %; centre of mass X Y Z, % of length; radii xx yy zz xy xz yz, % of length. A radius that the paper prints
# as imaginary ("7i") means a negative product of inertia and is written here with a minus sign; the tensor's
# off-diagonal element is sign(r) r^2 m L^2.
DUMAS: dict[str, dict[str, tuple[float, ...]]] = {
    "thigh": {
        "female": (14.6, -7.7, -37.7, 0.8, 31, 19, 32, -7, 2, -7),
        "male": (12.3, -4.1, -42.9, 3.3, 29, 15, 30, 7, -2, -7),
    },
    "shank": {
        "female": (4.5, -4.9, -40.4, 3.1, 28, 10, 28, 2, 1, 6),
        "male": (4.8, -4.8, -41.0, 0.7, 28, 10, 28, -4, -2, 4),
    },
    "foot": {
        "female": (1.0, 38.2, -30.9, 5.5, 24, 50, 50, -15, 9, -5),
        "male": (1.2, 50.2, -19.9, 3.4, 22, 49, 48, 17, -11, 0),
    },
    "pelvis": {
        "female": (14.7, -7.2, -22.8, 0.2, 95, 105, 82, -35, -3, -2),
        "male": (14.2, -0.2, -28.2, -0.6, 102, 106, 96, -25, -12, -8),
    },
    "abdomen": {
        "female": (4.1, 21.9, -41.0, 0.3, 65, 78, 52, 25, -3, -5),
        # Z: the 2018 chapter prints -3.3, a misprint of the -0.3 of Dumas et al. 2015, table 2.
        "male": (2.9, 17.6, -36.1, -0.3, 54, 66, 40, 11, -6, -5),
    },
    "thorax": {
        "female": (26.3, 1.5, -54.2, 0.1, 38, 32, 34, -12, -3, 1),
        "male": (30.4, 0.0, -55.5, -0.4, 42, 33, 36, -11, 1, 3),
    },
    "head_neck": {
        "female": (6.7, 0.8, 55.9, -0.1, 30, 24, 31, -5, 1, 0),
        "male": (6.7, 2.0, 53.4, 0.1, 28, 21, 30, -7, -2, 3),
    },
    "upper_arm": {
        "female": (2.3, -5.5, -50.0, -3.3, 30, 15, 30, -3, 5, 3),
        "male": (2.4, 1.8, -48.2, -3.1, 29, 13, 30, 5, 3, -13),
    },
    "forearm": {
        "female": (1.4, 2.1, -41.1, 1.9, 27, 14, 25, 10, 3, -13),
        "male": (1.7, -1.3, -41.7, 1.1, 28, 11, 28, 8, -1, 2),
    },
    "hand": {
        "female": (0.5, 7.7, -76.8, 4.8, 64, 43, 59, 29, 23, -28),
        "male": (0.6, 8.2, -83.9, 7.5, 61, 38, 56, 22, 15, -20),
    },
}

# de Leva 1996 (J Biomech 29:1223-1230, table 4). Row: mass fraction; centre of mass from the proximal (foot: heel) end,
# fraction of length; radii of gyration sagittal, transverse, longitudinal, fraction of length.
#
# The radii belong to the sagittal (front-to-back), transverse (side-to-side) and longitudinal AXIS of the segment in
# the anatomical position. That reading is the only one that fits the shape of the body: the upper trunk is wider than
# deep and thus hardest to turn about its front-to-back axis, for which the "sagittal" radius is the largest, and the
# head is longer than wide, for which the "transverse" one is. The foot's long axis points forward, so that its
# sagittal axis, perpendicular to the other two, is the vertical one (wider than high: the largest radius again).
DE_LEVA: dict[str, dict[str, tuple[float, ...]]] = {
    "thigh": {"female": (0.1478, 0.3612, 0.369, 0.364, 0.162), "male": (0.1416, 0.4095, 0.329, 0.329, 0.149)},
    "shank": {"female": (0.0481, 0.4352, 0.267, 0.263, 0.092), "male": (0.0433, 0.4395, 0.251, 0.246, 0.102)},
    "shank_to_lateral_malleolus": {
        "female": (0.0481, 0.4416, 0.271, 0.267, 0.093),
        "male": (0.0433, 0.4459, 0.255, 0.249, 0.103),
    },
    "foot": {"female": (0.0129, 0.4014, 0.299, 0.279, 0.139), "male": (0.0137, 0.4415, 0.257, 0.245, 0.124)},
    "lower_trunk": {"female": (0.1247, 0.4920, 0.433, 0.402, 0.444), "male": (0.1117, 0.6115, 0.615, 0.551, 0.587)},
    "middle_trunk": {"female": (0.1465, 0.4512, 0.433, 0.354, 0.415), "male": (0.1633, 0.4502, 0.482, 0.383, 0.468)},
    "upper_trunk": {"female": (0.1545, 0.5050, 0.466, 0.314, 0.449), "male": (0.1596, 0.5066, 0.505, 0.320, 0.465)},
    "whole_trunk": {"female": (0.4257, 0.4964, 0.307, 0.292, 0.147), "male": (0.4346, 0.5138, 0.328, 0.306, 0.169)},
    "head": {"female": (0.0668, 0.4841, 0.271, 0.295, 0.261), "male": (0.0694, 0.5002, 0.303, 0.315, 0.261)},
    "upper_arm": {"female": (0.0255, 0.5754, 0.278, 0.260, 0.148), "male": (0.0271, 0.5772, 0.285, 0.269, 0.158)},
    "forearm": {"female": (0.0138, 0.4559, 0.261, 0.257, 0.094), "male": (0.0162, 0.4574, 0.276, 0.265, 0.121)},
    "hand": {"female": (0.0056, 0.7474, 0.531, 0.454, 0.335), "male": (0.0061, 0.7900, 0.628, 0.513, 0.401)},
}

# Plug-in Gait (Vicon): mass fraction, centre of mass from the proximal end and one transverse radius, fractions of
# length, both sexes alike; nothing about the long axis. 0.540, 0.528 and 0.690 are the radii that Dempster gives about
# the proximal end (Winter 2009, table 4.1); Plug-in Gait applies them about the centre of mass, which makes its inertia
# two to three times too large. They serve to reproduce its moments, and for nothing else.
PLUG_IN_GAIT: dict[str, tuple[float, float, float]] = {
    "thigh": (0.100, 0.433, 0.540),
    "shank": (0.0465, 0.433, 0.528),
    "foot": (0.0145, 0.5, 0.690),
}

# Dempster as tabulated by Winter 2009, table 4.1: mass fraction, centre of mass from the proximal end, radius of gyration
# about the centre of mass, both sexes alike; nothing about the long axis. Visual3D's masses are these.
DEMPSTER: dict[str, tuple[float, float, float]] = {
    "thigh": (0.100, 0.433, 0.323),
    "shank": (0.0465, 0.433, 0.302),
    "foot": (0.0145, 0.5, 0.475),
}

EXTENTS: dict[str, dict[str, Extent]] = {
    "dumas": {
        "thigh": Extent("hip centre", "knee centre"),
        "shank": Extent("knee centre", "ankle centre"),
        "foot": Extent("ankle centre", "midpoint of metatarsal heads 1 and 5"),
        "pelvis": Extent("lumbar joint centre", "midpoint of the hip centres"),
        "abdomen": Extent("thoracic joint centre", "lumbar joint centre"),
        "thorax": Extent("cervical joint centre", "thoracic joint centre"),
        "head_neck": Extent("cervical joint centre", "head vertex"),
        "upper_arm": Extent("shoulder centre", "elbow centre"),
        "forearm": Extent("elbow centre", "wrist centre"),
        "hand": Extent("wrist centre", "midpoint of metacarpal heads 2 and 5"),
    },
    "de_leva": {
        "thigh": Extent("hip centre", "knee centre"),
        "shank": Extent("knee centre", "ankle centre"),
        "shank_to_lateral_malleolus": Extent("knee centre", "lateral malleolus"),
        "foot": Extent("heel", "tip of the longest toe"),
        "lower_trunk": Extent("omphalion", "midpoint of the hip centres"),
        "middle_trunk": Extent("xiphion", "omphalion"),
        "upper_trunk": Extent("cervicale", "xiphion"),
        "whole_trunk": Extent("cervicale", "midpoint of the hip centres"),
        "head": Extent("vertex", "cervicale"),
        "upper_arm": Extent("shoulder centre", "elbow centre"),
        "forearm": Extent("elbow centre", "wrist centre"),
        "hand": Extent("wrist centre", "third metacarpale"),
    },
    "plug_in_gait": {
        "thigh": Extent("hip centre", "knee centre"),
        "shank": Extent("knee centre", "ankle centre"),
        "foot": Extent("ankle centre", "heel to toe distance, laid off from the ankle centre"),
    },
    "dempster": {
        "thigh": Extent("hip centre", "knee centre"),
        "shank": Extent("knee centre", "ankle centre"),
        "foot": Extent("ankle centre", "second metatarsal head"),
    },
}

# Segments of which the body has two.


def segment_inertia(
    segment: str,
    sex: Sex,
    mass_kg: float,
    length_m: float,
    method: Method = "dumas",
    origin_m: ArrayLike = (0.0, 0.0, 0.0),
) -> Inertia:
    """Return mass, centre of mass and inertia tensor of a segment.

    Parameters
    ----------
    segment : str
        A segment of the method's table, for example ``thigh``, ``shank``, ``foot``.
    sex : {"female", "male", "unknown"}
        ``unknown`` gives the mean of both.
    mass_kg : float
        Body mass, kg; NaN gives NaN.
    length_m : float
        Length of the segment between the two points named in ``EXTENTS[method][segment]``, m.
    method : {"dumas", "de_leva", "plug_in_gait", "dempster"}
        Whose table. ``dumas`` has a three-dimensional centre of mass and the full tensor; the
        others put the centre of mass on the long axis (the foot's: x) and the tensor on the diagonal.
    origin_m : array_like, (3,)
        Where the point ``EXTENTS[method][segment].origin`` lies in the segment's frame, m. Zero for all frames whose
        origin is that point; the exception is the foot of de Leva, whose length starts at the heel.

    Returns
    -------
    Inertia
        In the frame x anterior, y proximal, z lateral.

    Raises
    ------
    ValueError
        If the method has no such segment or sex is none of the three.

    Notes
    -----
    Radii of de Leva on our axes: sagittal -> x, transverse -> z, longitudinal -> y; foot: longitudinal -> x,
    sagittal -> y, transverse -> z (see the comment at `DE_LEVA`).

    References
    ----------
    Dumas R, Wojtusch J (2018). Handbook of Human Motion, Springer, pp. 47-77, tables 2 and 3.
    Dumas R, Cheze L, Verriest JP (2007). J Biomech 40:543-553. de Leva P (1996). J Biomech 29:1223-1230, table 4.
    """
    extents = EXTENTS.get(method)
    if extents is None:
        raise ValueError(f"method: expected one of {', '.join(EXTENTS)}, found {method!r}")
    if segment not in extents:
        raise ValueError(f"segment: {method} has {', '.join(extents)}, found {segment!r}")
    fraction, com, tensor = _normalised(segment, sex, method)
    mass = fraction * float(mass_kg)
    return Inertia(
        mass=mass,
        com=np.asarray(origin_m, dtype=float) + com * float(length_m),
        tensor=float(mass_kg) * float(length_m) ** 2 * tensor,
    )


def _normalised(segment: str, sex: str, method: str) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Return mass per body mass, centre of mass per length and tensor per body mass and squared length."""
    if sex not in ("female", "male", "unknown"):
        raise ValueError(f"sex: expected female, male or unknown, found {sex!r}")
    if sex == "unknown":
        female, male = (_normalised(segment, known, method) for known in ("female", "male"))
        return (female[0] + male[0]) / 2, (female[1] + male[1]) / 2, (female[2] + male[2]) / 2
    if method == "dumas":
        row = np.asarray(DUMAS[segment][sex], dtype=float) / 100
        xx, yy, zz, xy, xz, yz = np.sign(row[4:]) * row[4:] ** 2
        return float(row[0]), row[1:4], row[0] * np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    # Long axis and direction from the origin to the other end.
    forward = np.array([1.0, 0.0, 0.0]) if segment == "foot" else np.array([0.0, -1.0, 0.0])
    if method == "de_leva":
        fraction, along, sagittal, transverse, longitudinal = DE_LEVA[segment][sex]
        radii = (longitudinal, sagittal, transverse) if segment == "foot" else (sagittal, longitudinal, transverse)
    else:
        fraction, along, across = (PLUG_IN_GAIT if method == "plug_in_gait" else DEMPSTER)[segment]
        radii = (0.0, across, across) if segment == "foot" else (across, 0.0, across)
    return fraction, along * forward, fraction * np.diag(np.square(radii))
