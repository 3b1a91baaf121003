"""Faults of a marker set that no single entry shows: names that do not exist, circles, misplaced or repeated points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from biomech.config import did_you_mean
from biomech.model.axial_tracking import axial_faults
from biomech.model.joint_centres import HIP_METHODS
from biomech.model.markerset_entries import Entries
from biomech.model.markerset_parts import LANDMARKS, OPPOSITE, PARAMETERS, Frame, Op, Tracking
from biomech.schema import SEGMENTS, SIDES

#: Path of keys in the file, and what is wrong there.
Fault = tuple[tuple[str | int, ...], str]


class ReferenceFaults(ValueError):
    """All faults of `reference_faults`; its text joins them.

    Parameters
    ----------
    faults : list of Fault
    """

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(message for _, message in faults))


def reference_faults(markerset: Entries) -> list[Fault]:
    """Return what is wrong between the entries of a marker set.

    Parameters
    ----------
    markerset : Entries

    Returns
    -------
    list of (path, message)
        Path of keys of the entry concerned; empty if there is no fault.
    """
    if set(markerset.sides) != set(SIDES):
        return [(("sides",), f"`sides` must name {' and '.join(SIDES)}, found {', '.join(markerset.sides)}")]
    faults: list[Fault] = []
    if markerset.hip_centre not in HIP_METHODS:
        faults.append((
            ("hip_centre",),
            f"unknown hip_centre {markerset.hip_centre!r}{did_you_mean(markerset.hip_centre, HIP_METHODS)}; known: "
            f"{', '.join(HIP_METHODS)}",
        ))  # fmt: skip
    double = sorted(set(markerset.markers) & set(markerset.landmarks))
    faults += [(("landmarks", name), f"{name!r} is both a marker and a landmark; rename one") for name in double]
    names = _Names(markerset)
    needs: dict[str, set[str]] = {}
    for name in markerset.landmarks:
        listed = not isinstance(markerset.landmarks[name], Op)
        for number, op in enumerate(markerset.alternatives(name)):
            at: tuple[str | int, ...] = ("landmarks", name, number) if listed else ("landmarks", name)
            faults += names.faults(at, op)
            needs.setdefault(name, set()).update(_nodes(op.names()))
    for name, segment in markerset.segments.items():
        path: tuple[str | int, ...] = ("segments", name)
        if name not in SEGMENTS:
            message = f"unknown segment {name!r}{did_you_mean(name, SEGMENTS)}; known: {', '.join(SEGMENTS)}"
            faults.append((path, f"segments: {message}"))
        frames: dict[tuple[str | int, ...], Frame] = {
            (*path, "frames", i): frame for i, frame in enumerate(segment.frames)
        }
        frames |= {(*path, "variants", key): frame for key, frame in segment.variants.items()}
        for where, frame in frames.items():
            faults += names.faults(where, frame)
            needs.setdefault(f"{name}.", set()).update(_nodes([n for n in frame.names() if n != f"{name}.origin"]))
        faults += names.tracking_faults((*path, "tracking"), segment.tracking)
        for landmark, point in segment.landmarks.items():
            where = (*path, "landmarks", landmark)
            if landmark not in LANDMARKS:
                message = f"unknown landmark {landmark!r}{did_you_mean(landmark, LANDMARKS)}"
                faults.append((where, f"segments.{name}: {message}"))
            faults += [(where, f"{_text(where)}: {names.point_fault(point)}")] if names.point_fault(point) else []
    if "foot" in markerset.segments:
        has = markerset.segments["foot"].landmarks
        path = ("segments", "foot", "landmarks")
        faults += [(path, f"segments.foot.landmarks lacks {m!r}") for m in ("heel", "toe") if m not in has]
    axial = axial_faults(markerset.segments, markerset.markers)
    faults += [(("segments", name, "tracking"), message) for name, message in axial]
    faults += _fixed_in_circles(markerset)
    return faults or _circles(needs)


class _Names:
    """The names that a marker set knows, and what is wrong with those that its entries use."""

    def __init__(self, markerset: Entries) -> None:
        self.set = markerset
        self.opposite = {name + OPPOSITE for name, marker in markerset.markers.items() if not marker.midline}
        self.origins = {f"{s}.origin" for s in markerset.segments}
        self.axes = {f"{s}.{a}" for s in (*markerset.segments, "lab") for a in ("x", "y", "z")}
        self.points = {*markerset.markers, *markerset.landmarks, *self.opposite, *self.origins}
        #: points that are another one by `use` alone
        self.same = {
            name: op.use
            for name in markerset.landmarks
            if len(ops := markerset.alternatives(name)) == 1 and (op := ops[0]).use
        }

    def faults(self, path: tuple[str | int, ...], part: Op | Frame) -> list[Fault]:
        """Names of an op or frame that are unknown or of the wrong kind, and points that occur there twice."""
        messages = []
        if isinstance(part, Op) and part.hip_centre is not None and part.hip_centre not in self.set.segments:
            segments = self.set.segments
            messages.append(f"unknown segment {part.hip_centre!r}{did_you_mean(part.hip_centre, segments)}")
        elif isinstance(part, Frame) and part.like is not None and part.like not in self.set.segments:
            messages.append(
                f"`like` names the unknown segment {part.like!r}{did_you_mean(part.like, self.set.segments)}"
            )
        else:
            messages += [fault for name in part.point_names() if (fault := self.point_fault(name))]
            messages += [fault for name in part.axis_names() if (fault := self.axis_fault(name))]
        messages += [
            f"unknown parameter {p!r}{did_you_mean(p, PARAMETERS)}" for p in part.parameters() if p not in PARAMETERS
        ]
        for group in part.distinct():
            twice = self._twice(group)
            if twice:
                messages.append(
                    f"[{', '.join(group)}] passes through the point {twice!r} twice, which gives no direction; name another point"
                )
        where = _text(path if isinstance(part, Op) else path[:2])
        return [(path, f"{where}: {line}") for line in dict.fromkeys(messages)]

    def point_fault(self, name: str) -> str:
        """Why a name is not a point; empty if it is one."""
        if name in self.points:
            return ""
        if name in self.axes:
            return f"expected a point, found the axis {name!r}"
        bare = name.removesuffix(OPPOSITE)
        if bare != name and bare in self.set.markers:
            return f"unknown point {name!r}: {bare} is a midline marker (its labels have no {{s}}) and has no opposite"
        if bare != name and bare in self.set.landmarks:
            return f"unknown point {name!r}: only markers have an opposite, and {bare!r} is a landmark"
        return f"unknown point {name!r}{did_you_mean(name, {*self.points, *self.axes})}"

    def axis_fault(self, name: str) -> str:
        """Why a name is not an axis; empty if it is one."""
        if name in self.axes:
            return ""
        if name in self.points:
            return f"expected an axis such as pelvis.z or two points in brackets, found the point {name!r}"
        return f"unknown axis {name!r}{did_you_mean(name, self.axes)}"

    def tracking_faults(self, path: tuple[str | int, ...], tracking: Tracking) -> list[Fault]:
        """Names in a segment's tracking that no camera sees, or that occur there twice."""
        kind = "cluster" if tracking.cluster else "triad"
        names = tracking.cluster or tracking.triad or ()
        messages = []
        for name in names:
            if name in self.set.markers or name in self.opposite:
                continue
            if name in self.set.landmarks:
                messages.append(
                    f"{name!r} is a landmark and cannot track a segment: name markers of the set only (its landmarks follow "
                    "the segment by themselves)"
                )
            else:
                messages.append(self.point_fault(name) or f"expected a marker, found {name!r}")
        twice = self._twice(list(names))
        if twice:
            messages.append(f"the marker {twice!r} occurs twice in the {kind}; three different markers are needed")
        if tracking.fixed_to and tracking.fixed_to not in self.set.segments:
            known = self.set.segments
            return [(
                (*path, "fixed_to"),
                f"segments.{path[1]}: fixed_to unknown segment {tracking.fixed_to!r}{did_you_mean(tracking.fixed_to, known)}",
            )]  # fmt: skip
        return [((*path, kind), f"{_text(path)}: {line}") for line in messages]

    def _twice(self, names: list[str]) -> str:
        """First point that appears twice, seen through `use`."""
        seen: set[str] = set()
        for name in names:
            point, steps = name, 0
            while point in self.same and steps < len(self.same):
                point, steps = self.same[point] or point, steps + 1
            if point in seen:
                return name
            seen.add(point)
        return ""


def _text(path: Iterable[str | int]) -> str:
    return ".".join(str(part) for part in path if not isinstance(part, int))


def _fixed_in_circles(markerset: Entries) -> list[Fault]:
    faults: list[Fault] = []
    for name in markerset.segments:
        chain = [name]
        while (
            (segment := markerset.segments.get(chain[-1]))
            and segment.tracking.fixed_to
            and len(set(chain)) == len(chain)
        ):
            chain.append(segment.tracking.fixed_to)
        if len(chain) > 1 and chain[-1] == name:
            message = "itself" if len(chain) == 2 else f"itself by way of {' and '.join(chain[1:-1])}"
            faults.append((
                ("segments", name, "tracking", "fixed_to"),
                f"segments.{name}: fixed to {message}; name the segment that is the same bone, or track it by a cluster",
            ))  # fmt: skip
    return faults


def _nodes(names: list[str]) -> set[str]:
    return {n.rsplit(".", 1)[0] + "." if "." in n else n for n in names}


def _circles(needs: Mapping[str, set[str]]) -> list[Fault]:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> list[Fault]:
        if name in path:
            message = " -> ".join(n.rstrip(".") for n in (*path[path.index(name) :], name))
            owner = ("segments", name.rstrip(".")) if name.endswith(".") else ("landmarks", name)
            return [(owner, f"circular definition: {message}")]
        if name in done:
            return []
        faults = [fault for other in sorted(needs.get(name, ())) for fault in visit(other, (*path, name))]
        done.add(name)
        return faults

    return [fault for name in needs for fault in visit(name, ())][:1]
