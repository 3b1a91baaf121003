"""docs/troubleshooting.md explains every code that a row of the quality table can have, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from biomech.kinetics.contact_records import REASONS
from biomech.tasks import INFORMS, TASKS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
LEVELS = {"info", "warning", "error"}
# codes that the code puts together: expression -> what it can be
MADE = {
    "f'contact_{reason}'": [f"contact_{reason}" for reason in REASONS if reason not in ("", "manual")],
    "f'{name}_from_c3d'": ["mass_from_c3d", "height_from_c3d"],
    "f'missing_{name}'": ["missing_mass", "missing_height"],
    "rule.code": [rule.code for task in TASKS.values() for rule in task.rules],
}
# codes that are handed on; each is a text somewhere, as argument or first of a pair (CALLS, PAIRS)
HANDED_ON = {"code", "error.code", "fault.code"}
CALLS = {"_unique": 1, "FrameFault": 0}
PAIRS = {"_read_plate", "_factors"}


def _level(node: ast.AST) -> bool:
    if isinstance(node, ast.IfExp):
        return _level(node.body) and _level(node.orelse)
    return isinstance(node, ast.Constant) and node.value in LEVELS


def _texts(node: ast.expr) -> list[str]:
    """Return what an expression of a code can be."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    words = ast.unparse(node)
    assert words in MADE or words in HANDED_ON, f"a code that this test does not know: {words}"
    return MADE.get(words, [])


def _of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        items = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
        for level, code in pairwise(items):
            if _level(level) and not _level(code):
                yield from _texts(code)
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "code":
                    yield from _texts(keyword.value)
            place = CALLS.get(getattr(node.func, "id", ""), len(node.args))
            if place < len(node.args):
                yield from _texts(node.args[place])
        if isinstance(node, ast.FunctionDef) and node.name in PAIRS:
            for found in ast.walk(node):
                if isinstance(found, ast.Return) and isinstance(found.value, ast.Tuple):
                    yield from _texts(found.value.elts[0]) if isinstance(found.value.elts[0], ast.Constant) else []
        chosen = isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.IfExp)
        if chosen and ast.unparse(node.targets[0]) == "code":
            yield from _texts(node.value)


@cache
def codes() -> set[str]:
    """Return every code that the package can write."""
    found = set(INFORMS)
    for path in (ROOT / "biomech").rglob("*.py"):
        found |= set(_of(ast.parse(path.read_text(encoding="utf-8"))))
    return {code for code in found if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", code)} - LEVELS


EXPLAINED = {
    code: row.strip("| ").split(" | ")
    for section in PAGE.split("\n## ")
    if "| code | cause |" in section
    for row in section.splitlines()
    if row.startswith("| `")
    for code in re.findall(r"`(\w+)`", row.split(" | ")[0])
}


def test_the_codes_are_found() -> None:
    """Of every kind of place: a level before it, keyword, made, argument, pair, assigned, rule."""
    assert len(codes()) > 180
    assert {
        "filled",
        "not_c3d",
        "contact_edge",
        "duplicate_label",
        "plate_corners",
        "plate_turned",
        "no_cut",
    } <= codes()
    with pytest.raises(AssertionError, match="does not know"):
        list(_of(ast.parse('quality.add("info", f"{odd}_code", "text")')))


def test_every_code_is_explained(subtests: pytest.Subtests) -> None:
    for code in sorted(codes()):
        with subtests.test(code):
            assert code in EXPLAINED, f"add {code} to docs/troubleshooting.md"
            _, cause, action = EXPLAINED[code]
            assert len(cause) > 10 and len(action) >= 7


def test_no_code_is_explained_that_nobody_writes() -> None:
    assert not sorted(set(EXPLAINED) - codes())
