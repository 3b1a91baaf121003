"""The parameter section of a C3D file: its records as stored, and their values.

Layout: C3D format user guide (Motion Lab Systems, 2008), chapter "the parameter section". Names compare without case, as
the guide says; they are kept as stored. Every record has a length of its own and a pointer to the next record. Where the
two leave bytes between records that are not zero, a parameter was jumped over and the section is damaged.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

INTEL, DEC, MIPS = 84, 85, 86
_KINDS = (-1, 1, 2, 4)
_MOST_DIMENSIONS = 7
# parameters that change numbers: without their group the section is damaged, others of a lost group are left out
_NEVER_ALONE = {"CORNERS", "CHANNEL", "ORIGIN", "CAL_MATRIX", "SCALE", "OFFSET", "GEN_SCALE", "RATE", "TIMES"}


@dataclass(frozen=True)
class Parameter:
    """One record: group and name as stored, type (-1 text, 1, 2 or 4 bytes a value), dimensions, bytes of its values."""

    group: str
    name: str
    kind: int
    dims: tuple[int, ...]
    values: bytes


@dataclass
class Section:
    """All parameters of a file.

    Parameters
    ----------
    processor : int
        84 Intel, 85 DEC, 86 SGI/MIPS.
    records : dict
        (GROUP, NAME) in capitals -> `Parameter`; of a double name the last one counts.
    groups : list of str
        Names of the groups, as stored and one after the other.
    stored : list of Parameter
        Every parameter one after the other, without group, double ones included.
    longest_description : int
        Bytes of the longest description of a group or parameter.
    closed : bool
        Whether the end of the list is marked.
    length : int
        Bytes up to the end of the last record.
    damage : str
        The first record that cannot be, in words; empty if there is none.
    """

    processor: int
    records: dict[tuple[str, str], Parameter] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    stored: list[Parameter] = field(default_factory=list)
    longest_description: int = 0
    closed: bool = False
    length: int = 4
    damage: str = ""

    def number(self, group: str, name: str) -> float:
        """Return the first value of a numeric parameter; NaN if there is none."""
        values = self.numbers(group, name)
        return float(values[0]) if values.size else math.nan

    def numbers(self, group: str, name: str) -> np.ndarray:
        """Return the values of a numeric parameter with its continuations (SCALE2, SCALE3, …), flat; empty if absent."""
        parts, count = [], 1
        while parameter := self.records.get((group, name if count == 1 else f"{name}{count}")):
            if parameter.kind != -1:
                parts.append(self._array(parameter).ravel(order="F"))
            count += 1
        return np.concatenate(parts).astype(float) if parts else np.zeros(0)

    def word(self, group: str, name: str) -> float:
        """Return the first value as `number` does, and a whole number of two bytes without a sign."""
        value, parameter = self.number(group, name), self.records.get((group, name))
        return value + 65536 if parameter is not None and parameter.kind == 2 and value < 0 else value

    def text(self, group: str, name: str) -> str:
        """Return the first text of a parameter; empty if there is none."""
        parameter = self.records.get((group, name))
        texts = _texts(parameter) if parameter is not None and parameter.kind == -1 else []
        return texts[0].strip() if texts else ""

    def values(self) -> dict[str, dict[str, Any]]:
        """Return group -> name -> list of texts, or array with dimensions as stored; names as stored."""
        out: dict[str, dict[str, Any]] = {}
        for parameter in self.records.values():
            value: Any = _texts(parameter) if parameter.kind == -1 else self._array(parameter)
            out.setdefault(parameter.group, {})[parameter.name] = value
        return out

    def _array(self, parameter: Parameter) -> np.ndarray:
        order = ">" if self.processor == MIPS else "<"
        if parameter.kind == 4:
            stored = floats(parameter.values, self.processor).astype(float)
        else:
            stored = np.frombuffer(parameter.values, f"{order}i{parameter.kind}").astype(int)
        return stored.reshape(parameter.dims or (1,), order="F")


def floats(stored: bytes, processor: int) -> np.ndarray:
    """Return the single precision numbers of some bytes, as native float32.

    DEC stores the high word of a number first, with an exponent of 129 for 1; exponent 0 is the number 0.
    """
    if processor == DEC:
        high, low = np.frombuffer(stored, "<u2").reshape(-1, 2).astype(np.int32).T
        exponent, mantissa = (high >> 7) & 255, ((high & 127) << 16) | low
        size = np.where(exponent > 0, np.ldexp(1 + mantissa / 2**23, exponent - 129), 0.0)
        return np.copysign(size, 0.5 - (high >> 15)).astype(np.float32)
    return np.frombuffer(stored, ">f4" if processor == MIPS else "<f4").astype(np.float32)


def byte_order(processor: int) -> Literal["big", "little"]:
    """Return the order of the bytes of a whole number."""
    return "big" if processor == MIPS else "little"


def read_section(section: bytes) -> Section:
    """Walk the bytes of a parameter section, its first four included.

    Returns
    -------
    Section
        Without records where it is damaged.
    """
    found = Section(section[3])
    if found.processor not in (INTEL, DEC, MIPS):
        found.damage = f"the kind of processor {found.processor} (84, 85 or 86 are known)"
        return found
    groups: dict[int, str] = {}
    records: dict[tuple[int, str], tuple[str, Parameter]] = {}
    at, rest = 4, 4
    while at + 4 <= len(section) and section[at]:
        name_length, number = struct.unpack("bb", section[at : at + 2])
        after_name = at + 2 + abs(name_length)
        if number == 0 or after_name + 3 > len(section):
            found.damage = f"the parameter at byte {at} of its section"
            return found
        name = section[at + 2 : after_name].decode("latin-1")
        step = int.from_bytes(section[after_name : after_name + 2], byte_order(found.processor))
        data = after_name + 2
        if not re.fullmatch(r"[\x20-\x7e\xa0-\xff]+", name):
            found.damage = f"the name of the parameter at byte {at} of its section"
            return found
        if number < 0:
            rest = data + 1 + section[data]
            if step and rest > after_name + step:
                found.damage = f"the group {name!r}"
                return found
            groups[-number] = name
            found.groups.append(name)
            described = section[data]
        else:
            kind, n_dims = struct.unpack("bB", section[data : data + 2].ljust(2, b"\0"))
            dims = tuple(section[data + 2 : data + 2 + n_dims])
            start = data + 2 + n_dims
            end = start + math.prod(dims) * abs(kind)  # of the values; a length and the description follow
            rest = end + 1 + (section[end] if end < len(section) else 0)
            last_step_missing = not step and end <= len(section)
            if (
                kind not in _KINDS
                or n_dims > _MOST_DIMENSIONS
                or end > len(section)
                or not (last_step_missing or rest <= after_name + step)
            ):
                found.damage = f"the parameter {name!r}"
                return found
            parameter = Parameter("", name, kind, dims, section[start:end])
            records[number, name.upper()] = name, parameter
            found.stored.append(parameter)
            described = section[end] if end < len(section) else 0
        found.longest_description = max(found.longest_description, described)
        if step == 0:
            found.closed = True
            break
        at = after_name + step
        if any(section[rest:at]):
            found.damage = f"what follows {name!r}: parameters there are jumped over"
            return found
    found.closed |= at < len(section) and not section[at]
    found.length = rest
    lost = sorted(upper for number, upper in records if number not in groups)
    if _NEVER_ALONE.intersection(lost):
        found.damage = f"the group of {', '.join(lost)}: it is missing"
        return found
    for (number, upper), (name, parameter) in records.items():
        group = groups.get(number, "")
        found.records[group.upper(), upper] = Parameter(group, name, parameter.kind, parameter.dims, parameter.values)
    return found


def _texts(parameter: Parameter) -> list[str]:
    """Return the texts of a parameter: its first dimension is their length, one without dimensions is one letter."""
    width = parameter.dims[0] if parameter.dims else 1
    count = math.prod(parameter.dims[1:])
    parts = [parameter.values[i * width : (i + 1) * width] for i in range(count)]
    return [part.decode("utf-8", "surrogateescape").rstrip(" \0") for part in parts]
