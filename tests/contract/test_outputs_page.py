"""docs/outputs.md says what the code writes."""

from pathlib import Path

import pytest

from biomech.quantities import ANGLES, MEASURES, MOMENTS, POWERS
from biomech.schema import VARIABLES
from biomech.study.documentation import (
    CONTRAST_COLUMNS,
    METRIC_VALUES,
    PROFILE_COLUMNS,
    QUALITY_COLUMNS,
    STATIC_SUFFIX,
    SYMMETRY_COLUMNS,
    TEXT,
    with_tables,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "outputs.md"


def test_every_stored_variable_quantity_and_column_is_described():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    described = {**CONTRAST_COLUMNS, **METRIC_VALUES, **PROFILE_COLUMNS, **QUALITY_COLUMNS, **SYMMETRY_COLUMNS}
    for name, column in described.items():
        assert f"| `{name}` | {column.unit} | {column.meaning} |" in lines, name
    for name, variable in VARIABLES.items():
        begin = f"| `{name}` | ({', '.join(variable.dims)}) | {variable.units or TEXT} | {variable.long_name} |"
        assert any(line.startswith(begin) for line in lines), name
    for q in [row for table in (ANGLES, MEASURES, MOMENTS, POWERS) for row in table.values()]:
        if q.variable == "distance" or (q.variable == "angle" and not q.name.endswith(STATIC_SUFFIX)):
            assert any(line.startswith(f"| `{q.name}` | {q.meaning} | {q.positive} |") for line in lines), q.name
        elif q.variable in ("moment", "power"):
            row = f"| `{q.name}` | `{q.variable}` | {q.unit} | {q.meaning} | {q.positive} |"
            assert row.replace("|  |", "| |") in lines, q.name


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="markers"):
        with_tables("no tables here")
