"""Segments tracked by two joint centres and one marker: checks of their definitions, and order of computation."""

from __future__ import annotations

from collections.abc import Container, Mapping

from biomech.config import did_you_mean
from biomech.model.markerset_parts import Axial, Segment


def carriers(axial: Axial) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return segment and landmark of the proximal and of the distal joint centre."""
    (a, _, b), (c, _, d) = axial.proximal.partition("."), axial.distal.partition(".")
    return (a, b), (c, d)


def carriers_first(segments: Mapping[str, Segment]) -> list[str]:
    """Order segments so that each comes after those that carry its joint centres.

    Parameters
    ----------
    segments : mapping
        Of a marker set without faults.

    Returns
    -------
    list of str
        The order of the marker set, but for segments with axial tracking.
    """
    order: dict[str, None] = {}

    def add(name: str) -> None:
        for before in _needs(segments, name):
            add(before)
        order.setdefault(name)

    for name in segments:
        add(name)
    return list(order)


def axial_faults(segments: Mapping[str, Segment], markers: Container[str]) -> list[tuple[str, str]]:
    """Return what is wrong with the axial tracking of a marker set's segments: segment and message."""
    faults: list[tuple[str, str]] = []
    for name, segment in segments.items():
        axial = _axial(segments, name)
        if axial is None:
            continue
        where = f"segments.{name}.tracking"
        if segment.tracking.axial and axial.marker not in markers:
            faults.append(
                (name, f"{where}: axial.marker {axial.marker!r} is not a marker of this set (write one of `markers`)")
            )
        for end, (carrier, landmark) in zip(("proximal", "distal"), carriers(axial), strict=True):
            text = f"{where}: axial.{end} `{getattr(axial, end)}`"
            if carrier not in segments:
                known = [f"{other}.{point}" for other, one in segments.items() for point in one.landmarks]
                hint = did_you_mean(getattr(axial, end), known)
                faults.append(
                    (name, f"{text} is not a joint centre that a segment carries, such as `pelvis.hip`{hint}")
                )
                continue
            faults += [
                (
                    name,
                    f"{text}: segments.{other}.landmarks lacks {landmark!r}; the joint centre must be on both segments that it "
                    "joins",
                )
                for other in (carrier, name)
                if landmark not in segments[other].landmarks
            ]
        if axial.proximal.partition(".")[2] == axial.distal.partition(".")[2]:
            faults.append(
                (name, f"{where}: axial.proximal and axial.distal are the same joint centre; a line needs two")
            )
    return faults or [
        (
            name,
            f"segments.{name}.tracking: axial joint centres are carried by segments that follow {name} themselves; one of "
            "them needs markers of its own (a cluster)",
        )
        for name in segments
        if _axial(segments, name) and _follows(segments, name, name, set())
    ]


def _axial(segments: Mapping[str, Segment], name: str) -> Axial | None:
    seen: set[str] = set()
    while name in segments and name not in seen:
        seen.add(name)
        tracking = segments[name].tracking
        if not tracking.fixed_to:
            return tracking.axial
        name = tracking.fixed_to
    return None


def _needs(segments: Mapping[str, Segment], name: str) -> list[str]:
    axial = _axial(segments, name)
    return [carrier for carrier, _ in carriers(axial)] if axial else []


def _follows(segments: Mapping[str, Segment], name: str, sought: str, seen: set[str]) -> bool:
    for before in _needs(segments, name):
        if before == sought or (before not in seen and _follows(segments, before, sought, seen | {before})):
            return True
    return False
