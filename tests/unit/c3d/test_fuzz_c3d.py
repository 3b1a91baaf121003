"""Damaged and nonsensical C3D files: read, or refused with a reason; never a crash, a hang or a flood of memory."""

from __future__ import annotations

import importlib.util
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from biomech.c3d.writer import PlateDefinition, write_c3d

_spec = importlib.util.spec_from_file_location("reading_jail", Path(__file__).with_name("reading_jail.py"))
assert _spec and _spec.loader
reading_jail = importlib.util.module_from_spec(_spec)
sys.modules["reading_jail"] = reading_jail  # dataclasses look their module up
_spec.loader.exec_module(reading_jail)

N_FRAMES = 12
BYTES = st.sampled_from([0, 1, 2, 4, 80, 84, 85, 86, 127, 128, 254, 255]) | st.integers(0, 255)
WORDS = st.sampled_from([0, 1, 2, 5, 12, 255, 256, 32767, 32768, 65534, 65535]) | st.integers(0, 65535)
FLOATS = st.sampled_from([0.0, -1.0, float("nan"), float("inf"), -float("inf"), 1e30, 1e-30]) | st.floats(width=32)


def fuzz(examples: int) -> Any:
    """The same examples in every run; BIOMECH_FUZZ=20 takes twenty times as many, for a longer look."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(
        derandomize=True,
        max_examples=examples * int(os.environ.get("BIOMECH_FUZZ", "1")),
        deadline=None,
        database=None,
        suppress_health_check=checks,
    )


def content(**parameters: dict[str, Any]) -> bytes:
    """A small file with all that a recording can hold; `parameters` replace its own."""
    random = np.random.default_rng(0)
    corners = [[500, 500, 0], [0, 500, 0], [0, 0, 0], [500, 0, 0]]
    with tempfile.TemporaryDirectory() as folder:
        write_c3d(
            Path(folder) / "a.c3d",
            labels=["LASI", "RASI", "LKNE", "RKNE", "LKneeAngles"],
            points_mm=random.normal([0, 0, 1000], 300, (5, 3)) + random.normal(scale=10, size=(N_FRAMES, 5, 3)),
            rate_hz=100.0,
            analog=random.normal(size=(4 * N_FRAMES, 12)),
            analog_labels=[f"c{i}" for i in range(12)],
            analog_units=["N"] * 3 + ["Nmm"] * 3 + ["V"] * 6,
            analog_rate_hz=400.0,
            plates=[
                PlateDefinition(2, range(1, 7), corners, [0, 0, -40]),
                PlateDefinition(4, range(7, 13), corners, [0, 0, -40], np.eye(6)),
            ],
            events=[(0.02, "Foot Strike", "Left"), (0.05, "Foot Off", "Right")],
            point_groups={"ANGLES": ["LKneeAngles"]},
            parameters={"PROCESSING": {"Bodymass": 70.0}, "SUBJECTS": {"USED": 1, "NAMES": ["A"]}, **parameters},
        )
        return (Path(folder) / "a.c3d").read_bytes()


def records(data: bytes) -> list[int]:
    """Where the records of the parameter section begin."""
    at, found = 512 + 4, []
    while data[at]:
        found.append(at)
        after_name = at + 2 + data[at]
        step = int.from_bytes(data[after_name : after_name + 2], "little")
        if not step:
            break
        at = after_name + step
    return found


WHOLE = content()
RECORDS = records(WHOLE)
END_OF_PARAMETERS = 512 * (1 + WHOLE[512 + 2])


@pytest.fixture(scope="module")
def jail() -> Iterator[reading_jail.Jail]:
    jail = reading_jail.Jail()
    yield jail
    jail.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def check(jail: reading_jail.Jail, folder: Path, data: bytes) -> str:
    (folder / "a.c3d").write_bytes(data)
    outcome = jail.read(folder / "a.c3d")
    assert outcome.result not in ("crash", "hang", "exception"), f"{outcome.result}: {outcome.text}"
    assert outcome.seconds < reading_jail.LIMIT_S
    if outcome.result != "read":
        assert outcome.text.startswith("a.c3d: ") and "(" in outcome.text, outcome.text
    return str(outcome.result)


def overwritten(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def test_the_undamaged_file_is_read(jail: reading_jail.Jail, folder: Path) -> None:
    assert check(jail, folder, WHOLE) == "read"


@fuzz(120)
@given(words=st.lists(st.tuples(st.sampled_from([*range(12), 147, 148, 149, 150]), WORDS), min_size=1, max_size=4))
@example(words=[(1, 65535), (4, 65535)])
@example(words=[(2, 65535)])
@example(words=[(2, 0), (9, 0)])
@example(words=[(3, 65535), (4, 0)])
def test_headers(jail: reading_jail.Jail, folder: Path, words: list[tuple[int, int]]) -> None:
    data = WHOLE
    for word, value in words:
        new = struct.pack("<H", value)
        data = overwritten(data, 2 * word, new if word else new[:1])  # the second byte says what the file is
    check(jail, folder, data)


@fuzz(40)
@given(rate=FLOATS, scale=FLOATS)
def test_floats_of_the_header(jail: reading_jail.Jail, folder: Path, rate: float, scale: float) -> None:
    data = overwritten(WHOLE, 20, struct.pack("<f", rate))
    check(jail, folder, overwritten(data, 12, struct.pack("<f", scale)))


@fuzz(200)
@given(
    edits=st.lists(
        # the fields of a record lie within a few bytes before and after its name
        st.tuples(st.sampled_from(RECORDS), st.integers(0, 6), st.booleans(), BYTES), min_size=1, max_size=3
    )
)  # fmt: skip
@example(edits=[(RECORDS[0], 0, False, 0)])
def test_records_of_parameters(jail: reading_jail.Jail, folder: Path, edits: list[tuple[int, int, bool, int]]) -> None:
    data = WHOLE
    for record, offset, behind_name, value in edits:
        at = record + offset + (2 + WHOLE[record] if behind_name else 0)
        data = overwritten(data, at, bytes([value]))
    check(jail, folder, data)


@fuzz(120)
@given(
    at=st.integers(512, END_OF_PARAMETERS - 1),
    new=st.binary(min_size=1, max_size=40),
    blocks=st.none() | BYTES,
    processor=st.none() | BYTES,
)
def test_noise_in_the_parameter_section(
    jail: reading_jail.Jail, folder: Path, at: int, new: bytes, blocks: int | None, processor: int | None
) -> None:
    data = overwritten(WHOLE, at, new)
    if blocks is not None:
        data = overwritten(data, 512 + 2, bytes([blocks]))
    if processor is not None:
        data = overwritten(data, 512 + 3, bytes([processor]))
    check(jail, folder, data)


@pytest.mark.realdata
@fuzz(80)
@given(
    name=st.sampled_from(["dec_int", "dec_real", "pc_int", "sgi_int", "sgi_real"]),
    edits=st.lists(st.tuples(st.integers(0, 40) | st.integers(512, 512 * 12), st.binary(min_size=1, max_size=4)), max_size=3),
)  # fmt: skip
def test_noise_in_files_of_every_processor(
    jail: reading_jail.Jail, folder: Path, realdata: Path, name: str, edits: list[tuple[int, bytes]]
) -> None:
    data = (realdata / "c3d_samples" / "sample_02" / f"{name}.c3d").read_bytes()
    for at, new in edits:
        data = overwritten(data, at, new)
    check(jail, folder, data)


@fuzz(40)
@given(length=st.integers(0, len(WHOLE)))
def test_cut_off_anywhere(jail: reading_jail.Jail, folder: Path, length: int) -> None:
    result = check(jail, folder, WHOLE[:length])
    needed = END_OF_PARAMETERS + N_FRAMES * 4 * (5 * 4 + 4 * 12)
    assert (result == "read") == (length >= needed), result


NAMES = {
    "POINT": "USED SCALE RATE DATA_START FRAMES UNITS X_SCREEN Y_SCREEN LABELS LABELS2 DESCRIPTIONS TYPE_GROUPS ANGLES "
    "ANGLE_UNITS MOMENTS",
    "ANALOG": "USED RATE GEN_SCALE SCALE OFFSET UNITS LABELS LABELS2 FORMAT BITS",
    "FORCE_PLATFORM": "USED ZERO TYPE CHANNEL CORNERS ORIGIN CAL_MATRIX TRANSLATION",
    "EVENT": "USED CONTEXTS LABELS TIMES TIMES2",
    "TRIAL": "ACTUAL_START_FIELD ACTUAL_END_FIELD CAMERA_RATE",
    "SUBJECTS": "USED NAMES",
    "ANALYSIS": "VALUES NAMES UNITS",
    "ROTATION": "USED RATE RATIO DATA_START",
}
PLACES = [(group, name) for group, names in NAMES.items() for name in names.split()]
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
VALUES = st.one_of(
    st.sampled_from([-1, 0, 1, 2, 12, 300, 65535]),
    FLOATS,
    TEXT,
    st.lists(TEXT, max_size=5),
    st.lists(st.integers(-32768, 65535), max_size=12),
    st.lists(FLOATS, max_size=12),
    st.lists(st.integers(0, 6), min_size=1, max_size=4).map(np.zeros),
    st.sampled_from([np.full((3, 4, 2), np.nan), np.full((3, 4, 2), 1e30), np.full((6, 2), 200), np.full((6, 6, 2), 1e30)]),
)  # fmt: skip


@fuzz(200)
@given(values=st.dictionaries(st.sampled_from(PLACES), VALUES, min_size=1, max_size=3))
@example(values={("EVENT", "TIMES"): [0.5] * 7})
@example(values={("EVENT", "USED"): float("inf")})
@example(values={("ANALOG", "GEN_SCALE"): "x"})
@example(values={("ANALOG", "USED"): np.zeros(0)})
@example(values={("POINT", "USED"): 0.0, ("ANALOG", "USED"): float("inf")})
@example(values={("ANALOG", "RATE"): float("inf")})
@example(values={("POINT", "LABELS"): ["a\0b", "../x", "=1", "<b>", "é"]})
def test_parameters_that_make_no_sense(
    jail: reading_jail.Jail, folder: Path, values: dict[tuple[str, str], Any]
) -> None:
    groups: dict[str, dict[str, Any]] = {"SUBJECTS": {"USED": 1, "NAMES": ["A"]}}
    for (group, name), value in values.items():
        groups.setdefault(group, {})[name] = value
    check(jail, folder, content(**groups))
