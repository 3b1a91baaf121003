"""Parts of a marker set file: markers, ops that give landmarks, frames and tracking of segments."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

OPPOSITE = "_opposite"
LEGS_AND_PELVIS = ("pelvis", "thigh", "shank", "foot")
#: Bodies that bend: distances between their markers prove nothing.
BENDING = ("trunk", "arm")
#: Bodies that both sides share.
ONE_FOR_BOTH = ("pelvis", "trunk", "head")

#: Names of the landmarks that the later stages know; a marker set maps to them what it has.
LANDMARKS = (
    "hip",
    "knee",
    "ankle",
    "asis",
    "psis",
    "greater_trochanter",
    "lateral_epicondyle",
    "medial_epicondyle",
    "lateral_malleolus",
    "medial_malleolus",
    "heel",
    "toe",
    "first_metatarsal_head",
    "second_metatarsal_head",
    "fifth_metatarsal_head",
    "navicular",
    "suprasternal_notch",
    "c7",
    "acromion",
)

#: Subject parameters that ops and turns may use: unit on disk (angles are radians inside).
PARAMETERS = {
    "pelvis_width": "m",
    "pelvis_depth": "m",
    "leg_length": "m",
    "leg_length_mean": "m",
    "asis_trochanter_distance": "m",
    "hip_x": "m",
    "hip_y": "m",
    "hip_z": "m",
    "knee_width": "m",
    "ankle_width": "m",
    "marker_radius": "m",
    "thigh_rotation": "degree",
    "shank_rotation": "degree",
    "tibial_torsion": "degree",
    "ankle_abadd": "degree",
    "static_plantar_flexion": "degree",
    "static_rotation_offset": "degree",
    "knee_axis_turn": "degree",
    # Oxford Foot Model: landmarks in its technical frames (`biomech.model.oxford_foot`)
    "oxford_foot_length": "m",
    **{f"oxford_{name}_{axis}": "m" for name in ("pca", "hfplantar", "d1m0", "d1mlat", "p1mlat") for axis in "xyz"},
}


class Strict(BaseModel):
    """Unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Marker(Strict):
    """One marker, on both sides unless its labels lack ``{s}`` (then it lies on the midline)."""

    labels: tuple[str, ...] = Field(min_length=1, description="Labels to look for, in order; {s} is the side's letter.")
    body: Literal["pelvis", "trunk", "thigh", "shank", "foot", "head", "arm"] = Field(
        description="Rigid body it moves with; trunk and arm bend, so that distances within them are not compared."
    )
    required: Literal["always", "static", "dynamic", "never"] = Field(
        "always", description="In which trials the model cannot do without it."
    )

    @property
    def midline(self) -> bool:
        """Whether it appears once, under both sides."""
        return not any("{s}" in label for label in self.labels)

    @field_validator("labels")
    @classmethod
    def _one_kind(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len({"{s}" in label for label in value}) > 1:
            raise ValueError("either every label of a marker has {s} or none")
        return value


class Normal(Strict):
    """Normal of the plane through three points: (b - a) x (c - a)."""

    normal: tuple[str, str, str]

    def names(self) -> list[str]:
        """Return the points and axes it needs."""
        return list(self.normal)

    def distinct(self) -> list[list[str]]:
        """Return the groups of points that must differ."""
        return [list(self.normal)]


class PlaneFit(Strict):
    """Normal of the least-squares plane through points, turned to the side of the vector `towards`."""

    plane_fit: tuple[str, ...] = Field(min_length=3)
    towards: tuple[str, str]

    def names(self) -> list[str]:
        """Return the points and axes it needs."""
        return [*self.plane_fit, *self.towards]

    def distinct(self) -> list[list[str]]:
        """Return the groups of points that must differ."""
        return [list(self.plane_fit), list(self.towards)]


#: From one point to another, an axis (``thigh.z``, ``lab.y``), or the normal of a plane.
Vector = tuple[str, str] | str | Normal | PlaneFit


class OnPlane(Strict):
    """Foot of the perpendicular from `point` on the plane through three points."""

    point: str
    plane: tuple[str, str, str]


class OnLine(Strict):
    """Foot of the perpendicular from `point` on the line through two points."""

    point: str
    line: tuple[str, str]


class Between(Strict):
    """``a + fraction (b - a) + radii r u(b - a)``, r being the marker radius."""

    points: tuple[str, str]
    fraction: float = 0.5
    radii: float = 0.0


class Offset(Strict):
    """`point` moved by `distance_m` (or marker radii) along a vector."""

    point: str
    along: Vector
    distance_m: float = 0.0
    radii: float = 0.0


class Chord(Strict):
    """Joint centre of the conventional gait model (`plug_in_gait.chord`)."""

    proximal: str
    lateral: str
    wand: str
    width: str
    rotation: str
    abadd: str | None = None


class Op(Strict):
    """How a landmark is found: exactly one of these."""

    use: str | None = Field(None, description="Another point.")
    midpoint: tuple[str, ...] | None = Field(None, min_length=2, description="Mean of points.")
    between: Between | None = None
    offset: Offset | None = None
    project_on_plane: OnPlane | None = None
    project_on_line: OnLine | None = None
    at_height_of: tuple[str, str] | None = Field(
        None, description="The first point at the height (lab Y) of the second; static only."
    )
    hip_centre: str | None = Field(
        None, description="Segment with origin mid-ASIS whose parameters hip_x, _y, _z apply."
    )
    chord: Chord | None = None
    knee_device: tuple[str, str, str] | None = Field(
        None, description="Virtual lateral knee marker of a knee alignment device: axis marker, two others."
    )

    @model_validator(mode="after")
    def _one(self) -> Op:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"expected exactly one of {', '.join(type(self).model_fields)}")
        if getattr(self, self.kind) is None:
            raise ValueError(f"`{self.kind}` has no value")
        return self

    @property
    def kind(self) -> str:
        """Name of the op."""
        return next(iter(self.model_fields_set))

    def names(self) -> list[str]:
        """Return the points and axes it needs."""
        value = getattr(self, self.kind)
        if isinstance(value, str):
            return [f"{value}.origin"] if self.kind == "hip_centre" else [value]
        if isinstance(value, tuple):
            return list(value)
        if isinstance(value, Between):
            return list(value.points)
        if isinstance(value, Offset):
            return [value.point, *vector_names(value.along)]
        if isinstance(value, OnPlane):
            return [value.point, *value.plane]
        if isinstance(value, OnLine):
            return [value.point, *value.line]
        return [value.proximal, value.lateral, value.wand]

    def point_names(self) -> list[str]:
        """Return those of `names` that must be points."""
        axes = self.axis_names()
        return [name for name in self.names() if name not in axes]

    def axis_names(self) -> list[str]:
        """Return those of `names` that must be axes."""
        return _axis_of(self.offset.along) if self.offset else []

    def distinct(self) -> list[list[str]]:
        """Return the groups of points that must differ."""
        if self.offset:
            return _distinct(self.offset.along)
        if self.project_on_plane:
            return [list(self.project_on_plane.plane)]
        if self.project_on_line:
            return [list(self.project_on_line.line)]
        if self.at_height_of or self.hip_centre or self.use:
            return []
        return [self.names()]

    def parameters(self) -> list[str]:
        """Return the subject parameters it needs."""
        if self.chord:
            optional = [self.chord.abadd] if self.chord.abadd else []
            return [self.chord.width, self.chord.rotation, "marker_radius", *optional]
        if self.hip_centre:
            return ["hip_x", "hip_y", "hip_z"]
        uses_radius = (self.between and self.between.radii) or (self.offset and self.offset.radii)
        return ["marker_radius"] if uses_radius else []


Axis = Literal["x", "y", "z"]


class Frame(Strict):
    """An anatomical frame: the axis of `first` is exact, that of `second` as near as possible."""

    origin: str
    first: dict[Axis, Vector] | None = Field(None, min_length=1, max_length=1)
    second: dict[Axis, Vector] | None = Field(None, min_length=1, max_length=1)
    like: str | None = Field(None, description="Take the axes of another segment instead of `first` and `second`.")
    turn: tuple[dict[Axis, str], ...] = Field(
        (), description="Turns about own axes, in order: axis to parameter name, with a leading minus if negative."
    )

    @model_validator(mode="after")
    def _axes(self) -> Frame:
        if self.like is not None:
            if self.first or self.second:
                raise ValueError("`like` stands instead of `first` and `second`")
        elif not (self.first and self.second):
            raise ValueError("a frame needs `first` and `second`, or `like`")
        elif set(self.first) == set(self.second):
            raise ValueError("`first` and `second` must be different axes")
        if any(len(item) != 1 for item in self.turn):
            raise ValueError("write each turn as one axis and one parameter")
        return self

    @property
    def order(self) -> str:
        """The two axes, exact one first, for `geometry.rotations.frame`."""
        assert self.first and self.second
        return next(iter(self.first)) + next(iter(self.second))

    def names(self) -> list[str]:
        """Return the points and axes it needs."""
        if self.like:
            return [self.origin, f"{self.like}.x"]
        assert self.first and self.second
        return [self.origin, *(n for part in (self.first, self.second) for v in part.values() for n in vector_names(v))]

    def point_names(self) -> list[str]:
        """Return those of `names` that must be points."""
        axes = [*self.axis_names(), f"{self.like}.x"]
        return [name for name in self.names() if name not in axes]

    def axis_names(self) -> list[str]:
        """Return those of `names` that must be axes."""
        return [name for vector in self._vectors() for name in _axis_of(vector)]

    def distinct(self) -> list[list[str]]:
        """Return the groups of points that must differ."""
        return [group for vector in self._vectors() for group in _distinct(vector)]

    def _vectors(self) -> list[Vector]:
        return [vector for part in (self.first, self.second) if part for vector in part.values()]

    def parameters(self) -> list[str]:
        """Return the subject parameters it needs."""
        return [name.lstrip("-") for item in self.turn for name in item.values()]


class Axial(Strict):
    """Two joint centres that other segments carry (``pelvis.hip``), and the marker that gives the turn about their line."""

    proximal: str
    distal: str
    marker: str


class Tracking(Strict):
    """How a segment is followed in movement: exactly one of these."""

    cluster: tuple[str, ...] | None = Field(None, min_length=3, description="Least-squares fit of these markers.")
    triad: tuple[str, str, str] | None = Field(
        None,
        description="Technical frame through three markers in turn: exact in the first, its axis from midway between the "
        "others to the first, its plane theirs.",
    )
    axial: Axial | None = Field(
        None,
        description="Long axis through two joint centres that the neighbouring segments carry, turned about it by one marker.",
    )
    fixed_to: str | None = Field(None, description="Constant pose on this segment, which is the same bone.")
    direct: Literal[True] | None = Field(None, description="The frame is rebuilt from the markers in every frame.")

    @model_validator(mode="after")
    def _one(self) -> Tracking:
        if len(self.model_fields_set) != 1:
            raise ValueError("expected exactly one of cluster, triad, axial, fixed_to, direct")
        (kind,) = self.model_fields_set
        if getattr(self, kind) is None:
            raise ValueError(f"`{kind}` has no value")
        return self


class Segment(Strict):
    """One segment: how it is tracked, its frame (alternatives in order of preference) and its landmarks."""

    tracking: Tracking
    frames: tuple[Frame, ...] = Field(min_length=1)
    variants: dict[Literal["oxford", "amsterdam", "rizzoli"], Frame] = Field(
        default_factory=dict, description="Other definitions of the same segment, chosen by `subject.rearfoot`."
    )
    landmarks: dict[str, str] = Field(
        default_factory=dict, description="Landmark of the contract -> point of this file."
    )


def vector_names(vector: Vector) -> list[str]:
    """Return the points and axes that a vector needs."""
    if isinstance(vector, str):
        return [vector]
    return list(vector) if isinstance(vector, tuple) else vector.names()


def _axis_of(vector: Vector) -> list[str]:
    return [vector] if isinstance(vector, str) else []


def _distinct(vector: Vector) -> list[list[str]]:
    if isinstance(vector, str):
        return []
    return [list(vector)] if isinstance(vector, tuple) else vector.distinct()
