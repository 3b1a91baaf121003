"""No default of the config is read when a module is imported: texts and functions get the options of the config at hand."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import biomech
from biomech import config
from biomech.config import Metrics
from biomech.config.outcomes import Coordination
from biomech.config.section import Section
from biomech.outcomes import METRICS
from biomech.outcomes.option_text import with_values

PACKAGE = Path(biomech.__file__).parent


def sections() -> set[str]:
    """Names of all classes of sections of the config."""
    modules = [import_module(f"biomech.config.{found.name}") for found in pkgutil.iter_modules(config.__path__)]
    return {
        name
        for module in modules
        for name, item in vars(module).items()
        if inspect.isclass(item) and issubclass(item, Section)
    }


def made_at_import(node: ast.AST, names: set[str]) -> Iterator[int]:
    """Lines that make a section with its defaults while the module is imported: not the bodies of functions."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        args = node.args
        for default in (*args.defaults, *(one for one in args.kw_defaults if one)):
            yield from made_at_import(default, names)
        return
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        called = node.func
        if getattr(called, "id", getattr(called, "attr", "")) in names:
            yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from made_at_import(child, names)


def test_no_module_holds_defaults_of_the_config() -> None:
    names = sections()
    assert {"Config", "Metrics", "Coordination", "Detection"} <= names
    found = {
        f"{path.relative_to(PACKAGE).as_posix()}, line {line}"
        for path in PACKAGE.rglob("*.py")
        if "config" not in path.relative_to(PACKAGE).parts
        for line in made_at_import(ast.parse(path.read_text(encoding="utf-8")), names)
    }
    assert not found, (
        "take the options as an argument; a text names its option by `biomech.outcomes.option_text.option`"
    )


def test_the_scan_finds_constants_and_default_arguments() -> None:
    text = "A = Cycles()\ndef f(x=Cycles().n):\n    return Cycles()\nclass B:\n    c = lambda y=m.Cycles(): y\n"
    assert sorted(made_at_import(ast.parse(text), {"Cycles"})) == [1, 2, 5]


def test_definitions_and_reasons_have_the_values_of_the_config() -> None:
    item = METRICS["hip_adduction_to_rearfoot_eversion__onset_lead__cycle"]
    options = Metrics(coordination=Coordination(onset_share=0.2, least_excursion_deg=3.5), acceptance_share=0.4)
    said = item.explained(options)
    assert "beyond 20 % (`metrics.coordination.onset_share`)" in said.definition
    assert "smaller than 3.5 degrees (`metrics.coordination.least_excursion_deg`)" in said.validity
    flexed = METRICS["hip_adduction__at_peak_knee_flexion__stance"].explained(options)
    assert "the first 40 % (`metrics.acceptance_share`)" in flexed.definition


def test_every_option_in_a_text_exists() -> None:
    texts = [text for item in METRICS.values() for text in (item.definition, item.validity)]
    filled = [with_values(text, Metrics()) for text in texts]
    assert filled != texts and not [text for text in filled if "[[" in text or "]]" in text]
