"""Swapped labels are found from distances, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from biomech.model.markersets import MarkerSet, load_markerset
from biomech.model.swaps import attribute, bodies, find_swaps, lengths

SIDE_PLACES = {
    "ASIS": (0.08, 1.0, 0.12), "PSIS": (-0.08, 1.0, 0.05), "TH1": (0.06, 0.75, 0.13), "TH2": (0.05, 0.62, 0.13),
    "TH3": (-0.01, 0.75, 0.15), "Knee": (0.02, 0.5, 0.135), "SH1": (0.04, 0.35, 0.12), "SH2": (0.03, 0.25, 0.12),
    "SH3": (-0.02, 0.35, 0.13), "Ankle": (-0.01, 0.08, 0.125), "Heel": (-0.07, 0.03, 0.085), "MT5": (0.08, 0.02, 0.125),
    "Toe": (0.16, 0.03, 0.085),
}  # fmt: skip


@pytest.fixture(scope="module")
def markerset() -> MarkerSet:
    return load_markerset("landing_running")


def standing(noise: float = 0.0, seed: int = 0, frames: int = 80) -> tuple[list[str], np.ndarray]:
    labels = [f"{s}.{name}" for s in "LR" for name in SIDE_PLACES]
    places = np.array([np.array(p) * [1, 1, z] for z in (-1, 1) for p in SIDE_PLACES.values()])
    sway = np.random.default_rng(seed).normal(0, noise, (frames, *places.shape))
    return labels, places + sway


def exchanged(labels: list[str], a: str, b: str) -> list[str]:
    return [{a: b, b: a}.get(label, label) for label in labels]


@pytest.mark.parametrize(("a", "b"), [("L.Heel", "L.Ankle"), ("R.Toe", "R.Heel"), ("L.TH2", "L.SH1"), ("R.SH3", "L.SH3"), ("R.Knee", "R.TH1")])  # fmt: skip
def test_an_exchange_is_found_whichever_bodies_it_crosses(markerset: MarkerSet, a: str, b: str) -> None:
    labels, static = standing()
    _, movement = standing(0.004, seed=1)
    swaps, rest = find_swaps(
        lengths(markerset, exchanged(labels, a, b), static),
        lengths(markerset, labels, movement),
        bodies(markerset),
        0.12,
    )
    assert [{s.first, s.second} for s in swaps] == [{a, b}] and rest == []
    assert all(abs(d.static_m - d.movement_m) > 0.02 for d in swaps[0].evidence)


def striding(frames: int = 80) -> np.ndarray:
    """The standing person with legs that swing against each other, so that distances between them change all the time."""
    labels, places = standing(0.004, seed=1, frames=frames)
    way = 0.25 * np.sin(np.linspace(0, 4 * np.pi, frames))
    legs = np.array([label.split(".")[1] not in ("ASIS", "PSIS", "GT") for label in labels])
    side = np.array([1 if label.startswith("L") else -1 for label in labels])
    places[..., 0] += way[:, None] * side * legs
    return places


@pytest.mark.parametrize(("a", "b"), [("R.SH3", "L.SH3"), ("L.Toe", "R.Toe"), ("L.TH2", "R.TH2")])
@pytest.mark.parametrize("wrong", ["static", "movement"])
def test_an_exchange_between_legs_that_move_says_in_which_trial_it_lies(
    markerset: MarkerSet, a: str, b: str, wrong: str
) -> None:
    labels, static = standing()
    names = {"static": labels, "movement": labels, wrong: exchanged(labels, a, b)}
    still, moving = lengths(markerset, names["static"], static), lengths(markerset, names["movement"], striding())
    swaps, rest = find_swaps(still, moving, bodies(markerset), 0.12)
    assert [({s.first, s.second}, s.lies_in) for s in swaps] == [({a, b}, wrong)] and rest == []
    verdict = attribute(markerset, still, {"walk": (moving, swaps)})
    assert (len(verdict.static), list(verdict.movement)) == ((1, []) if wrong == "static" else (0, ["walk"]))


def test_an_exchange_with_a_marker_that_only_the_static_has(markerset: MarkerSet) -> None:
    labels, static = standing()
    moving, movement = standing(0.004, seed=1)
    kept = [i for i, label in enumerate(moving) if label != "L.SH1"]
    found = lengths(markerset, [moving[i] for i in kept], movement[:, kept])
    wrong = lengths(markerset, exchanged(labels, "L.Ankle", "L.SH1"), static)
    swaps, rest = find_swaps(wrong, found, bodies(markerset), 0.12)
    assert [{s.first, s.second} for s in swaps] == [{"L.Ankle", "L.SH1"}] and rest == []
    assert find_swaps(lengths(markerset, labels, static), found, bodies(markerset), 0.12) == ([], [])


def test_skin_motion_is_no_exchange(markerset: MarkerSet) -> None:
    labels, static = standing()
    same = bodies(markerset)
    for seed in range(20):
        _, movement = standing(0.006, seed)
        assert find_swaps(lengths(markerset, labels, static), lengths(markerset, labels, movement), same, 0.12) == (
            [],
            [],
        )


def test_a_marker_that_was_moved_is_no_exchange(markerset: MarkerSet) -> None:
    labels, static = standing()
    _, movement = standing()
    movement[:, labels.index("R.TH1")] += [0.06, 0.05, 0.0]
    swaps, rest = find_swaps(
        lengths(markerset, labels, static), lengths(markerset, labels, movement), bodies(markerset), 0.12
    )
    assert swaps == [] and rest and all("R.TH1" in (d.first, d.second) for d in rest)


def test_two_exchanges_at_once(markerset: MarkerSet) -> None:
    labels, static = standing()
    wrong = exchanged(exchanged(labels, "L.Heel", "L.Ankle"), "R.Toe", "R.MT5")
    swaps, rest = find_swaps(
        lengths(markerset, wrong, static), lengths(markerset, labels, static), bodies(markerset), 0.12
    )
    assert {frozenset((s.first, s.second)) for s in swaps} == {
        frozenset(("L.Heel", "L.Ankle")),
        frozenset(("R.Toe", "R.MT5")),
    }
    assert rest == []


def test_blame_goes_to_the_static_or_to_the_odd_movement(markerset: MarkerSet) -> None:
    labels, position = standing()
    wrong = exchanged(labels, "L.Heel", "L.Ankle")
    good, bad = lengths(markerset, labels, position), lengths(markerset, wrong, position)
    same = bodies(markerset)

    def verdict(static, movements):
        found = {name: (m, find_swaps(static, m, same, 0.12)[0]) for name, m in movements.items()}
        result = attribute(markerset, static, found)
        return len(result.static), {name: len(swaps) for name, swaps in result.movement.items()}

    assert verdict(bad, {"a": good, "b": good}) == (1, {})
    assert verdict(good, {"a": good, "b": bad, "c": good}) == (0, {"b": 1})
    # one movement trial: the one that differs between the sides is wrong
    assert verdict(bad, {"a": good}) == (1, {})
    assert verdict(good, {"a": bad}) == (0, {"a": 1})
    assert verdict(good, {}) == (0, {})
