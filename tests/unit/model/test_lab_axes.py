"""Lab axes proposed from recordings: the example's files, turned into every pair of stored axes."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.recording_file import Recording, lab_rotation, read_c3d
from biomech.config import Lab
from biomech.model.lab_axes import propose_axes

_DATA = Path(__file__).parents[3] / "data_example" / "P01" / "pre"
_PAIRS = [(f"{a}{up}", f"{b}{forward}") for up, forward in permutations("xyz", 2) for a, b in product("+-", repeat=2)]


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return [read_c3d(_DATA / name) for name in ("static.c3d", "walk1.c3d")]


def _stored_with(recording: Recording, up: str, forward: str) -> Recording:
    """The same scene in a lab with other axes, read with the default ones, as by a user who did not set them."""
    turn = lab_rotation(Lab()) @ lab_rotation(Lab(up=up, forward=forward)).T
    plates = [replace(plate, corners=plate.corners @ turn.T) for plate in recording.plates]
    return replace(recording, position=recording.position @ turn.T, plates=plates)


def test_every_pair_of_axes_is_found(recordings, subtests):
    for up, forward in _PAIRS:
        with subtests.test(up=up, forward=forward):
            found = propose_axes([_stored_with(recording, up, forward) for recording in recordings])
            assert (found.up, found.forward, found.sure) == (up, forward, True)


def test_labels_without_meaning_leave_plates_and_height(recordings):
    unknown = [replace(r, marker_names=[f"point{i}" for i in range(len(r.marker_names))]) for r in recordings]
    found = propose_axes([_stored_with(recording, "+y", "+x") for recording in unknown])
    assert (found.up, found.sure) == ("+y", True)
    assert any("force plates" in line for line in found.evidence)


def test_nothing_but_a_height_is_not_sure(recordings):
    static = replace(
        recordings[0], marker_names=[f"point{i}" for i in range(len(recordings[0].marker_names))], plates=[]
    )
    assert not propose_axes([static]).sure


def test_plates_that_contradict_the_bodies_are_not_sure(recordings):
    walk = recordings[1]
    turned = lab_rotation(Lab(up="+z", forward="+x"))
    on_the_wall = [replace(plate, corners=plate.corners @ turned.T) for plate in walk.plates]
    assert not propose_axes([replace(walk, plates=on_the_wall)]).sure


def test_screen_parameters_that_the_bodies_contradict_are_named(recordings):
    told = [replace(recording, screen=("-x", "-z")) for recording in recordings]
    found = propose_axes(told)
    assert found.up == "+z"
    assert any("contradict" in line for line in found.evidence)


def test_no_recording_is_not_sure():
    assert not propose_axes([]).sure


def test_empty_frames_show_nothing(recordings):
    blank = replace(recordings[0], position=np.full_like(recordings[0].position, np.nan), plates=[])
    assert not propose_axes([blank]).sure
