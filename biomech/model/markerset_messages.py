"""Messages about faulty entries of a marker set file, with the line."""

from __future__ import annotations

import re
from typing import Any

import yaml
from pydantic import ValidationError

from biomech.config import did_you_mean
from biomech.model import markerset_parts as parts
from biomech.model.markerset_faults import ReferenceFaults
from biomech.model.markerset_reading import Lines

#: Members of a union as pydantic writes them into the path of a fault; of no use to the reader.
_MEMBER = re.compile(r"^(Op|Normal|PlaneFit|tuple|str|function)\b")
_MODELS = (
    parts.Marker, parts.Op, parts.Between, parts.Offset, parts.OnPlane, parts.OnLine, parts.Chord, parts.Frame,
    parts.Axial, parts.Tracking, parts.Segment, parts.PlaneFit, parts.Normal,
)  # fmt: skip
#: Keys of the file itself.
_TOP = {
    "name",
    "title",
    "sources",
    "hip_centre",
    "hip_offset",
    "calibration",
    "sides",
    "markers",
    "landmarks",
    "segments",
}
#: What was expected where pydantic says that the type is wrong.
_EXPECTED = {
    "string_type": "a name",
    "dict_type": "entries of the form `key: value`",
    "model_type": "entries of the form `key: value`",
    "tuple_type": "a list such as [A, B]",
    "float_type": "a number",
    "float_parsing": "a number",
}


def entry_faults(error: ValidationError, lines: Lines) -> list[str]:
    """Return one line for every fault, in the order of the file.

    Parameters
    ----------
    error : pydantic.ValidationError
        Of a `MarkerSet`.
    lines : Lines
        Of the text that it was read from.

    Returns
    -------
    list of str
        ``line N: what is wrong``. Where keys are unknown, only those: what else is wrong mostly follows from them.
    """
    known = {key for model in _MODELS for key in model.model_fields} | _TOP
    reported: dict[tuple[int, str], bool] = {}
    items = error.errors()
    chosen = [item for item in items if _path(item["loc"], lines) is not None]
    for item in chosen or items:
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, ReferenceFaults):
            reported |= {(lines.line(path), message): False for path, message in cause.faults}
            continue
        path = _path(item["loc"], lines) or []
        where, line = ".".join(str(part) for part in path), lines.line(path)
        if item["type"] == "extra_forbidden":
            reported[line, f"unknown key `{where}`{did_you_mean(str(path[-1]), known)}"] = True
        else:
            reported[line, f"`{where}`: {_message(item)}" if where else _message(item)] = False
    if any(reported.values()):
        reported = {key: unknown for key, unknown in reported.items() if unknown}
    return [f"line {line}: {message}" for line, message in sorted(reported, key=lambda key: key[0])]


def _path(loc: tuple[Any, ...], lines: Lines) -> list[Any] | None:
    """Path without the members of unions; None where the text chose another member than the one that failed."""
    path: list[Any] = []
    for part in loc:
        if isinstance(part, str) and _MEMBER.match(part):
            node = lines.follow(path)[2]
            keys = [key.value for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
            if isinstance(node, yaml.MappingNode):
                other = part.startswith(("tuple", "str"))
                other = other or (part.startswith("PlaneFit") and "plane_fit" not in keys)
                other = other or (part.startswith("Normal") and "plane_fit" in keys)
            elif isinstance(node, yaml.SequenceNode):
                other = not part.startswith("tuple")
            else:
                other = not part.startswith("str")
            if other and not (part.startswith(("Op", "function")) and isinstance(node, yaml.ScalarNode)):
                return None
        else:
            path.append(part)
    return path


def _message(item: Any) -> str:
    kind, context, given = item["type"], item.get("ctx", {}), item.get("input")
    if kind == "missing":
        return "is missing"
    if kind in ("too_short", "too_long"):
        least, short = context.get("min_length", context.get("max_length")), kind == "too_short"
        entries = f"{least} item{'' if least == 1 else 's'}"
        return f"expected at {'least' if short else 'most'} {entries}, found {context.get('actual_length')}"
    if kind == "literal_error":
        return f"expected {context.get('expected')}; found {_short(given)}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {_short(given)}"
    return str(item["msg"]).removeprefix("Value error, ")


def _short(given: Any) -> str:
    if isinstance(given, dict):
        return "a mapping"
    if isinstance(given, list | tuple):
        return f"a list of {len(given)}"
    return "nothing" if given is None else repr(given)[:80]
