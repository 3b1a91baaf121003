"""Faults made in a clean recording of the example: found, taken out, everything next to them untouched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from biomech.c3d.recording_file import read_c3d
from biomech.model.markersets import load_markerset
from biomech.model.outliers import body_numbers
from biomech.signals.outliers import find_outliers

EXAMPLE = Path(__file__).parents[3] / "data_example" / "P01" / "pre"
STEP_M, LONGEST_S = 0.017, 0.5
# in a cluster, on the pelvis (four markers), on the foot, on the trunk, on no cluster
MARKERS = ("LTH2", "RSK4", "LASI", "RPSI", "LCALD", "RM5", "C7", "RLFE")


@pytest.fixture(scope="module")
def trials():
    """Positions, names and bodies of a walk and a drop jump."""
    out = {}
    markerset = load_markerset("cast_lower_limb")
    for name in ("walk1", "jump1"):
        recording = read_c3d(EXAMPLE / f"{name}.c3d")
        found = {label: key for key, label in markerset.resolve(recording.marker_names).items()}
        columns = [recording.marker_names.index(label) for label in found]
        out[name] = recording.position[:, columns], list(found), body_numbers(markerset, found.values())
    return out


def whole(x, column, start, length):
    """First start from `start` on around which the marker is recorded."""
    seen = np.isfinite(x[:, column, 0])
    return next(s for s in range(start, len(x)) if seen[s - 6 : s + length + 6].all())


def judged(made, clean, bodies, wrong, column, rate_hz=100.0):
    """The fault is gone and nothing else is."""
    found = find_outliers(made, rate_hz, bodies, STEP_M, LONGEST_S)
    assert found.removed[wrong, column].all()
    nearby = found.removed.copy()
    nearby[wrong, column] = False
    assert not nearby.any()
    kept = ~found.removed
    assert_array_equal(found.position[kept], clean[kept])
    assert not found.exchanged
    assert not found.steps
    return found


@pytest.mark.parametrize("trial", ["walk1", "jump1"])
def test_clean_recordings_lose_nothing(trials, trial):
    """The jump's impact accelerates markers by more than a spike of a walk would."""
    x, _, bodies = trials[trial]
    found = find_outliers(x, 100.0, bodies, STEP_M, LONGEST_S)
    assert not found.removed.any()
    assert not found.exchanged
    assert not found.steps
    assert_array_equal(found.position, x)


@pytest.mark.parametrize("trial", ["walk1", "jump1"])
def test_a_low_rate_makes_no_outliers(trials, trial):
    """Every other frame: the same movement changes its velocity by four times as much from frame to frame."""
    x, _, bodies = trials[trial]
    for first in (0, 1):
        found = find_outliers(x[first::2], 50.0, bodies, STEP_M, LONGEST_S)
        assert not found.removed.any()
        assert not found.steps


@pytest.mark.parametrize("name", MARKERS)
@pytest.mark.parametrize("frames", [1, 3, 10, 25])
@pytest.mark.parametrize("size_m", [0.025, 0.06, 0.5])
def test_a_displaced_stretch_goes_exactly(trials, name, frames, size_m):
    x, names, bodies = trials["walk1"]
    k = names.index(name)
    for seed, start in enumerate((40, 140, 230)):
        start = whole(x, k, start, frames)
        way = np.random.default_rng(seed).standard_normal(3)
        made = x.copy()
        made[start : start + frames, k] += size_m * way / np.linalg.norm(way)
        found = judged(made, x, bodies, slice(start, start + frames), k)
        # the line between the frames next to it is what size is counted from
        assert found.size_m[k] == pytest.approx(size_m, abs=0.02 + 0.01 * frames)


@pytest.mark.parametrize("frames", [4, 10, 25])
def test_a_repeated_value_goes_but_for_the_first(trials, frames):
    x, names, bodies = trials["walk1"]
    for name in ("LTH1", "LASI", "C7", "RSK2"):
        k = names.index(name)
        start = whole(x, k, 150, frames)
        made = x.copy()
        made[start : start + frames, k] = x[start, k]
        judged(made, x, bodies, slice(start + 1, start + frames), k)


def test_a_marker_that_repeats_its_value_to_the_end_goes(trials):
    x, names, bodies = trials["walk1"]
    k = names.index("LTH1")
    made = x.copy()
    made[-60:, k] = x[-60, k]
    judged(made, x, bodies, slice(len(x) - 59, None), k)


def test_a_foot_that_stands_still_is_not_frozen():
    """A heel at rest to the last digit, then lifted; its neighbours move a little before."""
    t = np.arange(100) / 100
    x = np.zeros((100, 4, 3))
    x[:, :, 0] = np.array([0.0, 0.05, 0.15, 0.2])
    lift = np.where(t > 0.5, 1.5 * (t - 0.5) ** 2, 0.0)
    x[:, :, 1] = 0.05 + lift[:, None]
    found = find_outliers(x, 100.0, np.zeros(4, int), STEP_M, LONGEST_S)
    assert not found.removed.any()


@pytest.mark.parametrize("frames", [2, 12, 25])
def test_a_ghost_that_stands_in_the_room_goes(trials, frames):
    x, names, bodies = trials["walk1"]
    for name in ("RTH3", "RASI", "LLM"):
        k = names.index(name)
        start = whole(x, k, 180, frames)
        made = x.copy()
        made[start : start + frames, k] = x[start, k] + [0.03, 0.06, -0.04]
        judged(made, x, bodies, slice(start, start + frames), k)


def test_a_ghost_that_wanders_goes_with_the_frames_in_which_it_comes_near(trials):
    x, names, bodies = trials["walk1"]
    k, random = names.index("LSK1"), np.random.default_rng(1)
    start = whole(x, k, 150, 15)
    made = x.copy()
    made[start : start + 15, k] += random.normal([0.06, 0.0, 0.0], 0.02, (15, 3))
    found = find_outliers(made, 100.0, bodies, STEP_M, LONGEST_S)
    left = np.linalg.norm(found.position - x, axis=-1)[:, k]
    assert np.nanmax(left) < 0.01
    assert found.removed.sum() <= 17


def test_a_stretch_without_a_fault_between_two_gaps_stays(trials):
    x, names, bodies = trials["walk1"]
    k = names.index("LTH2")
    made = x.copy()
    made[100:106, k] = np.nan
    made[110:118, k] = np.nan
    found = find_outliers(made, 100.0, bodies, STEP_M, LONGEST_S)
    assert not found.removed.any()


def test_a_ghost_between_two_gaps_goes(trials):
    """It is never seen next to the right place: only its place among the others of its body tells."""
    x, names, bodies = trials["walk1"]
    k = names.index("LTH2")
    made = x.copy()
    made[100:104, k] = np.nan
    made[104:112, k] += [0.0, 0.08, 0.03]
    made[112:116, k] = np.nan
    found = find_outliers(made, 100.0, bodies, STEP_M, LONGEST_S)
    assert found.removed[104:112, k].all()
    assert found.removed.sum() == 8


@pytest.mark.parametrize("value", [-9.999, 0.0, 9999.0])
def test_a_placeholder_of_any_length_goes(trials, value):
    x, names, bodies = trials["walk1"]
    k = names.index("RPSI")
    start = whole(x, k, 100, 120)
    made = x.copy()
    made[start : start + 120, k] = value
    judged(made, x, bodies, slice(start, start + 120), k)


@pytest.mark.parametrize(("one", "other"), [("LTH1", "LTH2"), ("RASI", "RPSI"), ("LSK1", "LTH4"), ("C7", "IJ")])
@pytest.mark.parametrize("frames", [1, 8, 25, 90])
def test_exchanged_labels_are_put_right_without_loss(trials, one, other, frames):
    x, names, bodies = trials["walk1"]
    i, j = names.index(one), names.index(other)
    start = max(whole(x, i, 140, frames), whole(x, j, 140, frames))
    made = x.copy()
    made[start : start + frames, [i, j]] = made[start : start + frames, [j, i]]
    found = find_outliers(made, 100.0, bodies, STEP_M, LONGEST_S)
    assert found.exchanged == [(*sorted((i, j)), start, start + frames)]
    assert not found.removed.any()
    assert_array_equal(found.position, x)


def test_two_markers_of_one_cluster_may_fail_at_once(trials):
    x, names, bodies = trials["walk1"]
    made = x.copy()
    wrong = np.zeros(x.shape[:2], bool)
    for name, start, way in (("RTH1", 150, [0.05, 0, 0]), ("RTH2", 152, [0, 0.04, 0.04])):
        made[start : start + 5, names.index(name)] += way
        wrong[start : start + 5, names.index(name)] = True
    found = find_outliers(made, 100.0, bodies, STEP_M, LONGEST_S)
    assert_array_equal(found.removed, wrong)


@pytest.mark.parametrize("name", ["LASI", "LTH1", "RLFE", "RM2"])
@pytest.mark.parametrize("frames", [2, 10, 20])
def test_bodies_of_two_markers_will_do(trials, name, frames):
    """As a conventional gait model has them: two markers on thigh, shank and foot."""
    x, names, bodies = trials["walk1"]
    few = [n for n in names if n[1:] in ("ASI", "PSI", "TH1", "LFE", "SK1", "LM", "CALD", "M2")]
    columns = [names.index(n) for n in few]
    x, bodies, k = x[:, columns], bodies[columns], few.index(name)
    assert sorted(np.bincount(np.unique(bodies, return_inverse=True)[1])) == [2, 2, 2, 2, 2, 2, 4]
    start = whole(x, k, 120, frames)
    made = x.copy()
    made[start : start + frames, k] += [0.02, -0.02, 0.015]
    judged(made, x, bodies, slice(start, start + frames), k)


@pytest.mark.parametrize("start", [0, 2, 5])
def test_a_fault_at_the_start_costs_at_most_the_frames_before_it(trials, start):
    x, names, bodies = trials["walk1"]
    k = names.index("LTH2")
    made = x.copy()
    made[start : start + 8, k] += [0.05, 0.02, 0]
    found = find_outliers(made, 100.0, bodies, STEP_M, LONGEST_S)
    assert found.removed[start : start + 8, k].all()
    assert not found.removed[start + 8 :].any()
    assert found.removed.sum() <= 8 + start


def test_a_marker_that_stays_elsewhere_is_left_and_named(trials):
    x, names, bodies = trials["walk1"]
    k = names.index("LTH2")
    made = x.copy()
    made[150:, k] += [0.05, 0.0, 0.02]
    found = find_outliers(made, 100.0, bodies, STEP_M, LONGEST_S)
    assert not found.removed.any()
    assert [(step.marker, step.frame) for step in found.steps] == [(k, 150)]


def test_a_body_that_jumps_as_a_whole_is_not_its_markers_fault(trials):
    """Dropped frames move all markers alike."""
    x, _, bodies = trials["walk1"]
    made = np.delete(x, np.s_[150:158], axis=0)
    found = find_outliers(made, 100.0, bodies, STEP_M, LONGEST_S)
    assert not found.removed.any()


def test_a_static_or_a_very_short_recording_is_no_fault():
    still = np.tile(0.1 * np.arange(12.0).reshape(4, 3), (50, 1, 1))
    for x in (still, still[:3], still[:0]):
        found = find_outliers(x, 100.0, np.zeros(4, int), STEP_M, LONGEST_S)
        assert not found.removed.any()
        assert not found.steps
