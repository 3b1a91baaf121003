"""The instrument itself: what counts as the same, as named, as silent."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.recording_file import read_c3d
from biomech.config import Lab
from tests.robustness.draft import Draft
from tests.robustness.outcome import GOOD, Result, differences, judge
from tests.robustness.recording import EXAMPLE, example, record_of, renamed, valued
from tests.robustness.situation import Situation, run_all

_KEY = ("walk1", "left")
_INFO = ("walk1", "info", "filled", "left_TH1", "12 of 300 samples filled")
_WARNING = ("walk1", "warning", "plate_corners", "plate 1", "the corners are mirrored")
_OTHER = ("walk1", "warning", "body_weight", "", "vertical force is 2 times the body weight")


def _result(peak: float = 10.0, start: float = 0.3, rows: tuple = (), **more: object) -> Result:
    return Result(
        {_KEY: [(start, {"peak hip_adduction": (peak, "degree"), "end": (start + 1.1, "s")})]}, list(rows), [], **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "kind"),
    [
        (_result(), "read rightly"),
        (_result(10.9), "read rightly"),
        (_result(rows=(_INFO,)), "read rightly"),
        (_result(rows=(_WARNING,)), "warned"),
        (_result(12.0), "wrong in silence"),
        (_result(12.0, rows=(_INFO,)), "wrong in silence"),
        (_result(12.0, rows=(_OTHER,)), "cause not named"),
        (_result(12.0, rows=(_OTHER, _WARNING)), "warned"),
        (_result(12.0, rows=(("walk1", "info", *_WARNING[2:]),)), "noted only"),
        (_result(rows=(("walk1", "info", *_WARNING[2:]),)), "repaired and named"),
        (_result(np.nan), "lost without reason"),
        (_result(np.nan, rows=(_WARNING,)), "refused with reason"),
        (_result(start=1.4), "wrong in silence"),
        (_result(rows=(("", "error", "internal_error", "", "KeyError: 'x'"),)), "internal error"),
        (Result({}, [], ["trials.tsv: corners"]), "refused with reason"),
        (Result({}, [], ["trials.tsv: something else"]), "cause not named"),
    ],
)
def test_outcomes(now: Result, kind: str) -> None:
    assert judge(_result(), now, "corner").kind == kind


def test_right_numbers_are_not_enough_where_the_user_must_be_told() -> None:
    assert judge(_result(), _result(), "corner", must_name=True).kind == "in silence"
    assert judge(_result(), _result(rows=(_WARNING,)), "corner", must_name=True).kind == "warned"


def test_a_row_of_the_clean_run_names_nothing() -> None:
    clean = _result(rows=(_WARNING,))
    assert judge(clean, _result(12.0, rows=(_WARNING,)), "corner").kind == "wrong in silence"


def test_a_figure_of_every_session_names_nothing_unless_it_warns() -> None:
    info, warning = (("", level, "knee_axis", "left knee", "turned inwards") for level in ("info", "warning"))
    assert judge(_result(), _result(12.0, rows=(info,)), "turned").kind == "wrong in silence"
    assert judge(_result(), _result(12.0, rows=(warning,)), "turned").kind == "warned"


def test_a_refusal_of_what_is_right_is_a_fault() -> None:
    lost = _result(np.nan, rows=(_WARNING,))
    assert judge(_result(), lost, "corner", accept=("read rightly",)).kind == "refused without need"


def test_cycles_are_matched_by_their_start() -> None:
    assert differences(_result(), _result(start=0.8), shift_s=0.5) == ([], [])
    assert differences(_result(), _result(start=0.32))[0][0].startswith("walk1 left start")


def test_a_recording_that_is_not_altered_is_written_as_it_was_read(tmp_path: Path) -> None:
    example("P01/pre/walk1").write(tmp_path / "walk1.c3d")
    ours, theirs = (read_c3d(path, Lab()) for path in (tmp_path / "walk1.c3d", EXAMPLE / "P01/pre/walk1.c3d"))
    np.testing.assert_array_equal(ours.position, theirs.position)
    np.testing.assert_array_equal(ours.analog, theirs.analog)
    assert [plate.corners.tolist() for plate in ours.plates] == [plate.corners.tolist() for plate in theirs.plates]


def test_patches_reach_the_record_of_their_name() -> None:
    content = (EXAMPLE / "P01/pre/walk1.c3d").read_bytes()
    at = record_of(content, "ANALOG", "SCALE")
    assert content[at + 2 : at + 7] == b"SCALE"
    assert at > record_of(content, "ANALOG") > record_of(content, "POINT")  # POINT has a SCALE too
    assert renamed("ANALOG", "SCALE", "Scale")(content)[at + 2 : at + 7] == b"Scale"
    changed = valued("POINT", "FRAMES", "H", 7)(content)
    assert sum(a != b for a, b in zip(content, changed, strict=True)) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each situation runs in a process of its own, made by fork")
def test_the_end_of_a_process_is_an_outcome_and_the_next_situation_runs() -> None:
    def dies(draft: Draft) -> None:
        os._exit(3)

    def empty_plates(draft: Draft) -> None:
        draft.walk.plate(1)[:] = 0.0
        draft.walk.plate(2)[:] = 0.0

    def changes_nothing(draft: Draft) -> None:
        pass

    situations = [Situation("kind", make.__name__, make, "^$") for make in (dies, empty_plates, changes_nothing)]
    kinds = [outcome.kind for _, outcome in run_all(situations)]
    assert kinds[0] == "process died"
    assert kinds[1] not in GOOD  # no moment, and no row is accepted as its cause
    assert kinds[2] == "read rightly"
