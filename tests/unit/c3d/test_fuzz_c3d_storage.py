"""Damaged files of every processor and storage: none ends the process, and what is read is what another decoder reads.

BIOMECH_FUZZ=12 takes twelve times as many, 6,000 files.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def _beside(name: str) -> Any:
    """Import a helper that lies next to this file."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


plain_c3d, reading_jail = _beside("plain_c3d"), _beside("reading_jail")

FILES = 500 * int(os.environ.get("BIOMECH_FUZZ", "1"))
N, POINTS, CHANNELS, RATIO = 12, 5, 6, 4
STORAGES = [
    (processor, real) for processor in (plain_c3d.INTEL, plain_c3d.DEC, plain_c3d.MIPS) for real in (True, False)
]
CORNERS = np.array([[500, 500, 0], [0, 500, 0], [0, 0, 0], [500, 0, 0]], dtype=float).T[..., None]
GROUPS: dict[str, dict[str, Any]] = {
    "FORCE_PLATFORM": {
        "USED": 1,
        "TYPE": [2],
        "ZERO": [1, 0],
        "CORNERS": CORNERS,
        "ORIGIN": np.array([[0.0], [0.0], [-40.0]]),
        "CHANNEL": np.arange(1, 7)[:, None],
    },
    "EVENT": {
        "USED": 2,
        "CONTEXTS": ["Left", "Right"],
        "LABELS": ["Foot Strike", "Foot Off"],
        "TIMES": np.array([[0.0, 0.0], [0.02, 0.05]]),
    },
    "TRIAL": {"ACTUAL_START_FIELD": [1, 0], "ACTUAL_END_FIELD": [N, 0]},
}
# what a parameter may wrongly hold
LIES: list[Any] = [
    None,
    "x",
    [],
    ["x"],
    ["x", "yy"],
    0,
    1,
    -1,
    3,
    50,
    255,
    65535,
    0.0,
    0.5,
    1e30,
    -7.0,
    float("nan"),
    float("inf"),
]
LIES += [[1, 2], np.zeros((0,)), np.zeros((2, 3)), np.full((3, 4, 1), 1e9), np.arange(300)[:250]]


def base(
    random: np.random.Generator,
    processor: int,
    real: bool,
    groups: dict[str, dict[str, Any]] | None = None,
    header: dict[int, int] | None = None,
) -> bytes:
    """A whole file of random content."""
    places = random.normal([0, 0, 1000], 300, (POINTS, 3)) + random.normal(scale=10, size=(N, POINTS, 3))
    places[3:5, 1] = np.nan
    analog = random.normal(scale=100, size=(N * RATIO, CHANNELS))
    merged = {name: dict(values) for name, values in GROUPS.items()}
    for group, values in (groups or {}).items():
        merged[group] = {**merged.get(group, {}), **values}
    return plain_c3d.encode(places, analog, merged, processor, real, header=header)


def flipped(random: np.random.Generator, processor: int, real: bool) -> bytes:
    """One to eight bits are turned, most of them before the data."""
    data = bytearray(base(random, processor, real))
    data_start = 512 * (1 + data[512 + 2])
    for _ in range(random.integers(1, 9)):
        end = random.choice([20, data_start, data_start, len(data)])
        data[random.integers(0 if end == 20 else 512, end)] ^= 1 << random.integers(8)
    return bytes(data)


def cut(random: np.random.Generator, processor: int, real: bool) -> bytes:
    """The end is missing, or something follows it."""
    data = base(random, processor, real)
    if random.random() < 0.7:
        return data[: random.integers(0, len(data))]
    return data + random.integers(0, 256, random.integers(1, 3000), dtype=np.uint8).tobytes()


def false_header(random: np.random.Generator, processor: int, real: bool) -> bytes:
    """Words of the header lie."""
    places = random.choice([1, 2, 3, 4, 8, 9, 6, 7, 10, 11, 149, 150], size=random.integers(1, 3))
    small = [0, 1, 2, 3, 5, 7, 11, 12, 13, 24, 48, 255, 256, 32767, 32768, 65534, 65535]
    return base(random, processor, real, header={int(place): int(random.choice(small)) for place in places})


def false_parameters(random: np.random.Generator, processor: int, real: bool) -> bytes:
    """Parameters hold something else, lack dimensions, are missing, or their names are written in another case."""
    names = [(group, name) for group, values in {**GROUPS, **ANALOG_AND_POINT}.items() for name in values]
    lies: dict[str, dict[str, Any]] = {}
    for _ in range(random.integers(1, 4)):
        group, name = names[random.integers(len(names))]
        lies.setdefault(group, {})[name] = LIES[random.integers(len(LIES))]
    data = base(random, processor, real, groups=lies)
    if random.random() < 0.5:
        group, name = names[random.integers(len(names))]
        word = (name if random.random() < 0.7 else group).encode()
        data = data[:512] + data[512:].replace(word, word.title(), 1)
    return data


ANALOG_AND_POINT: dict[str, dict[str, Any]] = {
    "POINT": dict.fromkeys(
        ["USED", "SCALE", "RATE", "DATA_START", "FRAMES", "UNITS", "LABELS", "DESCRIPTIONS", "LONG_FRAMES"]
    ),
    "ANALOG": dict.fromkeys(["USED", "RATE", "GEN_SCALE", "SCALE", "OFFSET", "UNITS", "LABELS", "FORMAT", "BITS"]),
}
DAMAGES: list[Callable[[np.random.Generator, int, bool], bytes]] = [flipped, cut, false_header, false_parameters]


def test_whole_files_of_every_storage_are_read(tmp_path: Path) -> None:
    jail = reading_jail.Jail()
    for processor, real in STORAGES:
        (tmp_path / "a.c3d").write_bytes(base(np.random.default_rng(0), processor, real))
        assert jail.read(tmp_path / "a.c3d").result == "read"
    jail.close()


def test_damaged_files_of_every_storage(tmp_path: Path) -> None:
    jail, random, found = reading_jail.Jail(), np.random.default_rng(14), Counter[str]()
    for number in range(FILES):
        processor, real = STORAGES[number % len(STORAGES)]
        damage = DAMAGES[number // len(STORAGES) % len(DAMAGES)]
        data = damage(random, processor, real)
        (tmp_path / "a.c3d").write_bytes(data)
        outcome = jail.read(tmp_path / "a.c3d")
        if outcome.result in ("crash", "hang", "exception"):
            keep = Path(os.environ.get("BIOMECH_FUZZ_KEEP", tmp_path)) / f"{number}.c3d"
            keep.write_bytes(data)
            raise AssertionError(f"file {number} ({damage.__name__}, {processor}, {real}, {keep}): {outcome.text}")
        assert outcome.seconds < reading_jail.LIMIT_S
        if outcome.result != "read":
            assert outcome.text.startswith("a.c3d: ") and "(" in outcome.text, outcome.text
        found[outcome.result] += 1
    jail.close()
    # a file is not refused for whatever it may be: what is read is a good part, and reasons differ
    assert found["read"] > 0.15 * FILES and len(found) > 8, found
