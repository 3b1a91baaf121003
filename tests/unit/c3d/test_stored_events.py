"""Events as vendors and exports write them: their labels, where their times count from, and rows about the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomech.c3d.raw import RawC3d
from biomech.c3d.recording_file import Recording, read_c3d
from biomech.c3d.stored_events import read_events
from biomech.c3d.writer import write_c3d
from biomech.config import Lab, config_faults

RATE, N = 100.0, 300


def recorded(folder: Path, events: list[tuple[float, str, str]], first_frame: int = 1, **lab: object) -> Recording:
    """Three seconds of four markers with these events (s from the first stored frame)."""
    random = np.random.default_rng(5)
    points = random.normal(scale=300, size=(4, 3)) + np.array([0, 0, 1000]) + random.normal(scale=5, size=(N, 4, 3))
    write_c3d(
        folder / "a.c3d", labels=list("abcd"), points_mm=points, rate_hz=RATE, events=events, first_frame=first_frame
    )
    return read_c3d(folder / "a.c3d", Lab(**lab))  # type: ignore[arg-type]


def kinds(recording: Recording) -> list[tuple[str, str]]:
    return [(name, side) for _, name, side in recording.event_rows]


def reported(recording: Recording, code: str) -> tuple[str, str]:
    """Level and message of the one row of this code."""
    ((level, _, _, message),) = [note for note in recording.notes if note[1] == code]
    return level, message


@pytest.mark.parametrize(
    ("strike", "off"),
    [
        (("Foot Strike", "Left"), ("Foot Off", "Left")),  # Vicon
        (("LHS", ""), ("LTO", "")),  # Visual3D and Theia, from markers
        (("LON", ""), ("LOFF", "")),  # Visual3D, on a plate
        (("", "LHS"), ("", "LTO")),  # Motion Analysis: label in the context
        (("LHS", "Left"), ("LTO", "Left")),
        (("eLHS", ""), ("eLTO", "")),  # BTS
        (("Left heel strike", ""), ("Left toe off", "")),  # Qualisys: names that the user gives
        (("L_FootStrike", "General"), ("L_FootOff", "General")),
        (("Heel Strike Left", ""), ("Toe-Off (L)", "")),
        (("IC", "L"), ("FC", "L")),  # initial and final contact
        (("FC", "LEFT"), ("FO", "LEFT")),  # foot contact, foot off
    ],
)
def test_labels_of_vendors_mean_strike_and_off_of_that_foot(
    tmp_path: Path, strike: tuple[str, str], off: tuple[str, str]
) -> None:
    found = recorded(tmp_path, [(0.5, *strike), (1.1, *off)])
    assert kinds(found) == [("foot_strike", "left"), ("foot_off", "left")] and not found.notes
    swapped = [(0.5, *map(_other_foot, strike)), (1.1, *map(_other_foot, off))]
    assert kinds(recorded(tmp_path, swapped)) == [("foot_strike", "right"), ("foot_off", "right")]


def _other_foot(text: str) -> str:
    if text in ("L", "FC", "FO", "IC", "General", "Foot Strike", "Foot Off"):
        return "R" if text == "L" else text
    return (
        text.replace("Left", "Right")
        .replace("LEFT", "RIGHT")
        .replace("(L)", "(R)")
        .replace("L_", "R_")
        .replace("LHS", "RHS")
        .replace("LTO", "RTO")
        .replace("LON", "RON")
        .replace("LOFF", "ROFF")
    )


def test_labels_of_a_lab_are_added_in_the_config(tmp_path: Path) -> None:
    events = [(0.5, "Fersen-Kontakt", "Left"), (1.1, "RTOUCH", ""), (1.7, "Lös", "Right")]
    assert kinds(recorded(tmp_path, events))[0] == ("Fersen-Kontakt", "left")
    meaning = {"fersenkontakt": "foot_strike", "RTOUCH": "right_foot_strike", "LÖS": "foot_off"}
    found = recorded(tmp_path, events, event_labels=meaning)
    assert kinds(found) == [("foot_strike", "left"), ("foot_strike", "right"), ("foot_off", "right")]
    assert not found.notes
    assert config_faults({"lab": {"event_labels": {"A": "heel_strike"}}})


def test_labels_that_are_not_understood_are_counted(tmp_path: Path) -> None:
    events = [(0.2, "LHS", ""), (0.5, "Trigger", ""), (0.6, "Trigger", ""), (0.9, "STOP", ""), (1.0, "", "")]
    found = recorded(tmp_path, events)
    level, message = reported(found, "events_not_understood")
    assert level == "info" and "4 of 5 events" in message and "2 x Trigger, 1 x STOP, 1 x without a label" in message
    assert "lab.event_labels" in message
    assert reported(recorded(tmp_path, events[1:]), "events_not_understood")[0] == "warning"


def test_events_of_no_foot_or_of_two_are_counted_and_belong_to_none(tmp_path: Path) -> None:
    found = recorded(tmp_path, [(0.2, "Foot Strike", "General"), (0.4, "LHS", "Right"), (0.9, "LTO", "Left")])
    assert kinds(found) == [("foot_strike", "general"), ("foot_strike", "general"), ("foot_off", "left")]
    level, message = reported(found, "events_without_side")
    assert level == "info" and "2 of 3 events" in message and "1 x Foot Strike, 1 x LHS" in message


@pytest.mark.parametrize("first_frame", [101, 7001])
def test_times_that_count_from_the_first_stored_frame_are_noticed(tmp_path: Path, first_frame: int) -> None:
    """The writer counts from the start of the recording, as the format says; the export option of the cropped start does not."""
    true = [(0.26, "LHS", ""), (1.02, "LTO", ""), (2.9, "RHS", "")]
    shift = (first_frame - 1) / RATE
    found = recorded(tmp_path, [(time - shift, label, "") for time, label, _ in true], first_frame)
    assert [time for time, _, _ in found.event_rows] == pytest.approx([0.26, 1.02, 2.9], abs=1e-5)
    level, message = reported(found, "events_from_first_frame")
    assert level == "warning" and f"{shift:.2f} s after the start" in message and "original start time" in message
    right = recorded(tmp_path, true, first_frame)
    assert [time for time, _, _ in right.event_rows] == pytest.approx([0.26, 1.02, 2.9], abs=1e-5)
    assert not right.notes


def test_one_event_before_a_cropped_recording_does_not_move_the_others(tmp_path: Path) -> None:
    """Counted from the first stored frame the last one would lie behind the end: the times are as the format says."""
    found = recorded(tmp_path, [(-0.3, "LHS", ""), (0.8, "LHS", ""), (2.4, "LHS", "")], first_frame=101)
    assert [time for time, _, _ in found.event_rows] == pytest.approx([0.8, 2.4], abs=1e-6)
    assert reported(found, "events_outside")[0] == "info" and len(found.notes) == 1
    nothing = recorded(tmp_path, [(50.0, "LHS", ""), (110.0, "LTO", "")])  # frames or percent, not seconds
    assert not nothing.event_rows and reported(nothing, "events_outside")[0] == "warning"


def _raw(times: np.ndarray, labels: list[str], first_frame: int = 1) -> RawC3d:
    group = {"USED": np.array([len(labels)]), "TIMES": times, "LABELS": labels, "CONTEXTS": ["Left"] * len(labels)}
    return RawC3d(np.zeros((3, 1, 9000)), np.zeros((0, 0)), RATE, 0.0, first_frame, {"EVENT": group})


@pytest.mark.parametrize(
    ("times", "codes"),
    [
        (np.array([[0.0, 1, 1, 1], [57.1, 0.63, 1.78, 4.02]]), []),  # minutes and seconds
        (np.array([[0.0, 0, 0, 0], [57.1, 60.63, 61.78, 64.02]]), []),  # seconds beyond 60, no minutes
        (np.array([[0.0, 1, 1, 1], [57.1, 60.63, 61.78, 64.02]]), ["event_minutes"]),  # both
        (np.array([57.1, 60.63, 61.78, 64.02]), []),  # one value an event
        (np.array([[57.1, 60.63, 61.78, 64.02]]), []),
    ],
)
def test_times_after_a_minute(times: np.ndarray, codes: list[str]) -> None:
    notes: list = []
    found = read_events(_raw(times, ["Foot Strike"] * 4), 89.99, notes)
    assert [time for time, _, _ in found] == pytest.approx([57.1, 60.63, 61.78, 64.02])
    assert [note[1] for note in notes] == codes
