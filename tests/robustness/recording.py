"""A C3D file of the example as plain arrays that can be altered and written again."""

from __future__ import annotations

import importlib.util
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import ezc3d
import numpy as np

from biomech.c3d.writer import PlateDefinition, write_c3d

EXAMPLE = Path(__file__).resolve().parents[2] / "data_example"
# what the encoder writes by itself
_OWN = ("USED", "SCALE", "OFFSET", "GEN_SCALE", "RATE", "DATA_START", "FRAMES")
_spec = importlib.util.spec_from_file_location("plain_c3d", EXAMPLE.parent / "tests/unit/c3d/plain_c3d.py")
assert _spec and _spec.loader
plain_c3d = sys.modules.setdefault("plain_c3d", importlib.util.module_from_spec(_spec))
_spec.loader.exec_module(plain_c3d)
FORCE, MOMENT = slice(0, 3), slice(3, 6)


@dataclass
class File:
    """One recording; axes, units and names as stored.

    Parameters
    ----------
    labels : list of str
    points : (n, markers, 3) array
        mm, NaN where hidden.
    analog : (samples, channels) array
    channels, units : list of str
        One each a channel.
    plates : list of PlateDefinition
    events : list of (s from the first stored frame, label, context)
    parameters : dict of dict
        Laid over what is written by itself.
    patches : list of functions from bytes to bytes
        Done to the file that was written.
    """

    labels: list[str]
    points: np.ndarray
    rate_hz: float
    analog: np.ndarray
    channels: list[str]
    units: list[str]
    analog_rate_hz: float
    plates: list[PlateDefinition]
    events: list[tuple[float, str, str]] = field(default_factory=list)
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    first_frame: int = 1
    point_units: str = "mm"
    screen: tuple[str, str] = ("+X", "+Z")
    groups: dict[str, list[str]] = field(default_factory=dict)
    patches: list[Callable[[bytes], bytes]] = field(default_factory=list)

    def at(self, *labels: str) -> list[int]:
        """Columns of markers."""
        return [self.labels.index(label) for label in labels]

    def marker(self, label: str) -> np.ndarray:
        """The (n, 3) positions of a marker, to be altered in place."""
        return self.points[:, self.labels.index(label)]

    def plate(self, number: int) -> np.ndarray:
        """The six channels of a plate of type 2, to be altered in place."""
        return self.analog[:, 6 * (number - 1) : 6 * number]

    def channel(self, name: str) -> np.ndarray:
        """One analog channel, to be altered in place."""
        return self.analog[:, self.channels.index(name)]

    @property
    def ratio(self) -> int:
        """Analog samples a frame."""
        return round(self.analog_rate_hz / self.rate_hz)

    def crop(self, first: int, last: int) -> None:
        """Keep the frames from `first` up to, not with, `last`."""
        self.points = self.points[first:last]
        self.analog = self.analog[first * self.ratio : last * self.ratio]
        self.events = [(time - first / self.rate_hz, *rest) for time, *rest in self.events]

    def exchange(self, one: str, other: str) -> None:
        """Give two markers each other's label."""
        i, j = self.at(one, other)
        self.labels[i], self.labels[j] = other, one

    def drop(self, *labels: str) -> None:
        """Leave markers out."""
        kept = [i for i, label in enumerate(self.labels) if label not in labels]
        self.labels, self.points = [self.labels[i] for i in kept], self.points[:, kept]

    def set(self, group: str, **values: Any) -> None:
        """Replace parameters."""
        self.parameters.setdefault(group, {}).update(values)

    def redefine(self, number: int, **values: Any) -> None:
        """Replace a plate's definition in part."""
        plate = self.plates[number - 1]
        names = ("type", "channels", "corners", "origin", "cal_matrix")
        self.plates[number - 1] = PlateDefinition(**{name: getattr(plate, name) for name in names} | values)

    def write(self, path: Path) -> None:
        """Write the file and do its patches."""
        with_analog = self.analog.shape[1] > 0
        write_c3d(
            path,
            labels=self.labels,
            points_mm=self.points,
            rate_hz=self.rate_hz,
            analog=self.analog if with_analog else None,
            analog_labels=self.channels,
            analog_units=self.units,
            analog_rate_hz=self.analog_rate_hz if with_analog else None,
            plates=self.plates,
            events=self.events,
            parameters=self.parameters,
            first_frame=self.first_frame,
            point_units=self.point_units,
            screen=self.screen,
            point_groups=self.groups or None,
        )
        if self.patches:
            content = path.read_bytes()
            for patch in self.patches:
                content = patch(content)
            path.write_bytes(content)


@cache
def _read(name: str) -> Any:
    return ezc3d.c3d(str(EXAMPLE / f"{name}.c3d"))


def example(name: str) -> File:
    """Return a recording of the example, for instance ``P01/pre/walk1``."""
    c3d = _read(name)
    values = {
        group: {k: v["value"] for k, v in p.items() if k != "__METADATA__"} for group, p in c3d["parameters"].items()
    }
    points = c3d["data"]["points"][:3].transpose(2, 1, 0)
    analog, plate = values["ANALOG"], values["FORCE_PLATFORM"]
    rate = float(values["POINT"]["RATE"][0])
    plates = [
        PlateDefinition(
            int(plate["TYPE"][i]),
            [int(c) for c in plate["CHANNEL"][:, i]],
            plate["CORNERS"][:, :, i].T,
            plate["ORIGIN"][:, i],
        )
        for i in range(int(plate["USED"][0]))
    ]
    return File(
        labels=list(values["POINT"]["LABELS"]),
        points=points.copy(),
        rate_hz=rate,
        analog=c3d["data"]["analogs"][0].T.copy(),
        channels=list(analog["LABELS"]),
        units=list(analog["UNITS"]),
        analog_rate_hz=float(analog["RATE"][0]) if plates else rate,
        plates=plates,
    )


# --- patches of bytes, where no writer makes the fault


def record_of(content: bytes, group: str, name: str | None = None) -> int:
    """Return where the record (its first byte) of a group or of one of its parameters begins, names without case."""
    at, wanted = 512 + 4, None
    found: dict[tuple[str, int], int] = {}
    while content[at]:
        length, number = struct.unpack_from("<bb", content, at)
        text = content[at + 2 : at + 2 + abs(length)].decode("latin1").upper()
        found[text, number] = at
        if number < 0 and text == group:
            wanted = -number
        at += 2 + abs(length) + struct.unpack_from("<H", content, at + 2 + abs(length))[0]
    return found[group, -wanted] if name is None else found[name, wanted]  # type: ignore[operator, index]


def renamed(group: str, name: str | None, new: str) -> Callable[[bytes], bytes]:
    """Give a group (`name` None) or a parameter another name of the same length."""

    def patch(content: bytes) -> bytes:
        at = record_of(content, group, name) + 2
        return content[:at] + new.encode() + content[at + len(new) :]

    return patch


def put(at: int, layout: str, *values: Any) -> Callable[[bytes], bytes]:
    """Put numbers at a place of the file."""
    packed = struct.pack("<" + layout, *values)
    return lambda content: content[:at] + packed + content[at + len(packed) :]


def valued(group: str, name: str, layout: str, *values: Any) -> Callable[[bytes], bytes]:
    """Put numbers into a parameter of the same size."""

    def patch(content: bytes) -> bytes:
        at = record_of(content, group, name)
        n_dims = content[at + 2 + abs(struct.unpack_from("<b", content, at)[0]) + 3]
        start = at + 2 + abs(struct.unpack_from("<b", content, at)[0]) + 4 + n_dims
        return put(start, layout, *values)(content)

    return patch


def resaved(path: Path) -> None:
    """Open a file and save it by ezc3d."""
    c3d = ezc3d.c3d(str(path))
    c3d.write(str(path))


def restored(processor: int, real: bool) -> Callable[[bytes], bytes]:
    """Store a file as another processor or as whole numbers, by an encoder that shares no code with the project."""

    def patch(content: bytes) -> bytes:
        old = plain_c3d.decode(content)
        groups: dict[str, dict[str, Any]] = {}
        for (group, name), value in old.values.items():
            if group in ("POINT", "ANALOG") and name in _OWN:
                continue
            kept = value if value and isinstance(value[0], str) else np.asarray(value)
            groups.setdefault(group, {})[name] = kept
        for name, shape in (("CORNERS", (3, 4, -1)), ("ORIGIN", (3, -1)), ("CHANNEL", (6, -1))):
            values = np.asarray(groups["FORCE_PLATFORM"][name])
            groups["FORCE_PLATFORM"][name] = values.reshape(shape, order="F")
        n_channels = old.analog.shape[1]
        gain = np.abs(old.analog).max(axis=0) / 30_000
        groups["ANALOG"] |= {"SCALE": gain, "OFFSET": np.zeros(n_channels, dtype=int), "GEN_SCALE": 1.0}
        stored = old.analog / gain * 0.01  # the encoder divides by 0.01
        return plain_c3d.encode(
            old.points, stored, groups, processor=processor, real=real, first=old.first, rate=old.rate
        )

    return patch
