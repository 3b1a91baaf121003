"""Write the tables of docs/findings.md: false verdicts on healthy legs, and every threshold that was chosen.

    python docs/findings_tables.py [--legs 1000] [--seed 2]     # both
    python docs/findings_tables.py --legs 0                     # the thresholds only, in a second

The order through C3D files is the table of `docs/sequence_table.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydantic import BaseModel

from biomech.config.findings import Findings
from biomech.config.norms import _ADULTS
from biomech.config.outcomes import Coordination
from biomech.findings import axis, size, weighing
from biomech.outcomes import pooled

PAGE = Path(__file__).with_name("findings.md")
# thresholds in the code: module, name, unit and why
IN_CODE: tuple[tuple[Any, str, str, str], ...] = (
    (pooled, "BEYOND", "of the way in", "how far past the lowest point the two movements are compared; chosen on simulated squats"),
    (pooled, "_RETURNS_APART_S", "s", "a way back that differs by more is kept out of the lag; chosen above what skin makes of equal ones"),
    (pooled, "LATE", "of the rise", "where the lead near the peak is read; chosen: the top itself is flat"),
    (weighing, "_ENOUGH_WEAK", "pieces", "weak evidence that agrees and makes a verdict; chosen"),
    (size, "_OUTSIDE_SD", "SD", "from here on larger or smaller than in the norm; chosen: 95 % of its population lie within"),
    (axis, "_LEAST_SAMPLES", "samples", "fewer say nothing of the knee axis; chosen"),
    (axis, "_LEAST_FLEXION_DEG", "degree", "a smaller range of flexion says nothing of the knee axis; chosen"),
)  # fmt: skip


def chosen() -> Iterator[tuple[str, str, str]]:
    """Option (or name in the code), value, and why, of every threshold without a published source."""
    for path, model in (("findings", Findings()), ("metrics.coordination", Coordination())):
        yield from _options(path, model)
    yield "`findings.norms`, ages of adults", "{:g} to {:g}".format(*_ADULTS), "chosen: the samples are of young adults"
    for module, name, unit, why in IN_CODE:
        yield f"`{module.__name__}.{name}`", f"{getattr(module, name):g} {unit}", why


def _options(path: str, model: BaseModel) -> Iterator[tuple[str, str, str]]:
    for name, info in type(model).model_fields.items():
        value, text = getattr(model, name), info.description or ""
        where = f"{path}.{name}"
        if isinstance(value, BaseModel):
            yield from _options(where, value)
        elif isinstance(value, dict) and any(isinstance(one, BaseModel) for one in value.values()):
            for key, one in value.items():
                source = str(getattr(one, "source", ""))
                if "chosen" in source.lower():
                    yield f"`{where}.{key}`", _short(one), source
        elif "chosen" in text.lower():
            yield f"`{where}`", _value(value), text[text.lower().index("chosen") :]


def _short(one: BaseModel) -> str:
    numbers = {name: v for name, v in one.model_dump().items() if isinstance(v, int | float)}
    return ", ".join(f"{name} {_value(v)}" for name, v in numbers.items())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(one)}" for name, one in value.items())
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def thresholds() -> str:
    """Return the table of chosen thresholds in Markdown."""
    rows = sorted(set(chosen()))
    lines = ["| threshold | value | why |", "|---|---|---|"]
    lines += [f"| {where} | {value} | {why.replace('|', '/')} |" for where, value, why in rows]
    return "\n".join(lines)


def put(name: str, made: str) -> None:
    """Put a table between its marks."""
    begin, end = f"<!-- {name} -->", f"<!-- end of the {name} -->"
    before, rest = PAGE.read_text(encoding="utf-8").split(begin)
    PAGE.write_text(before + begin + "\n" + made + "\n" + end + rest.split(end)[1], encoding="utf-8")


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--legs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2)
    asked = parser.parse_args()
    put("thresholds table", thresholds())
    if asked.legs:
        from benchmarks.healthy import table

        put("healthy table", table(asked.legs, asked.seed))


if __name__ == "__main__":
    main()
