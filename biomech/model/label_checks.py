"""Labels that were exchanged and markers that moved: the static trial of a session against its movement trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from biomech.config import Config
from biomech.io.sheets import Session
from biomech.model.markersets import MarkerSet
from biomech.model.person_checks import another_person, body_differences, report_another_person
from biomech.model.swaps import Lengths, Swap, attribute, bodies, find_swaps, lengths
from biomech.quality import Quality

CODES = ("swapped_labels",)


def check_labels(
    name: str,
    sampled: Mapping[str, tuple[list[str], Any]],
    session: Session,
    markerset: MarkerSet,
    config: Config,
    quality: Quality,
) -> set[str]:
    """Compare distances within rigid bodies between this static trial and the movement trials of its footwear.

    Parameters
    ----------
    name : str
        The static trial.
    sampled : mapping
        Trial to its labels and a sample of its positions (n, m, 3), m.
    session : Session
    markerset : MarkerSet
    config : Config
        Section `kinematics`.
    quality : Quality

    Returns
    -------
    set of str
        Movement trials that do not fit this static trial: labels exchanged, or another person's.
    """
    trials = {trial.trial: trial for trial in session.trials}
    same_body = bodies(markerset)

    def measured(trial: str) -> Lengths:
        return lengths(markerset, *sampled[trial])

    static = measured(name)
    statics = [t for t in sampled if trials[t].role == "static"]
    found, rest = {}, {}
    others: dict[str, float] = {}
    compared = 0
    for trial in sampled:
        if trials[trial].role == "static":
            continue
        if len(statics) > 1 and trials[trial].footwear != trials[name].footwear:
            continue
        movement = measured(trial)
        compared += 1
        swaps, left = find_swaps(static, movement, same_body, config.kinematics.static_swap_tolerance)
        differences = body_differences(markerset, static, movement)
        by = another_person(differences, config.kinematics.static_person_tolerance)
        if by and (left or not swaps):  # an exchange that settles every distance needs no other person
            others[trial] = by
            continue
        found[trial], rest[trial] = (movement, swaps), left
    report_another_person(others, compared, name, quality)
    verdict = attribute(markerset, static, found)
    for swap in verdict.static:
        _swap_row(swap, name, True, markerset, quality)
    for trial, swaps in verdict.movement.items():
        for swap in swaps:
            _swap_row(swap, trial, False, markerset, quality)
    for trial, left in rest.items():
        if left:
            worst = left[0]
            quality.add(
                "warning",
                "marker_moved",
                f"{worst.first} and {worst.second} are {worst.static_m * 1000:.0f} mm apart in static trial {name} and "
                f"{worst.movement_m * 1000:.0f} mm in {trial} ({len(left)} distances differ in all); no exchange of "
                "two labels explains it",
                trial=trial,
                item=f"{worst.first}, {worst.second}",
                action="look whether a marker was moved, lost or mislabelled between both trials",
                value=worst.movement_m - worst.static_m,
                unit="m",
            )
    exchanged = set(found) if verdict.static else set(verdict.movement)
    return exchanged | set(others)


def _swap_row(swap: Swap, trial: str, in_static: bool, markerset: MarkerSet, quality: Quality) -> None:
    tracked = {marker for segment in markerset.segments for marker in markerset.cluster_of(segment)}
    needed = {n for n, m in markerset.markers.items() if m.required in ("always", "dynamic")} | tracked
    concerned = {marker for _, marker in markerset.resolve([swap.first, swap.second])}
    harmful = in_static or bool(needed & concerned)
    details = "; ".join(
        f"{d.first} to {d.second} {d.static_m * 1000:.0f} mm in the static against {d.movement_m * 1000:.0f} mm in movement"
        for d in swap.evidence[:3]
    )
    quality.add(
        "error" if harmful else "warning",
        "swapped_labels",
        f"labels {swap.first} and {swap.second} are swapped in trial {trial}: {details}",
        trial=trial,
        item=f"{swap.first}, {swap.second}",
        action=f"write `{swap.first}={swap.second}; {swap.second}={swap.first}` into the relabel cell of trial {trial} in trials.tsv",
        value=swap.evidence[0].static_m - swap.evidence[0].movement_m if swap.evidence else None,
        unit="m",
    )
