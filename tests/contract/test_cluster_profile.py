"""The profile for Slurm: every rule that makes results belongs to a group, and no group names a rule that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from biomech.pipeline.stages import SPECS

ROOT = Path(__file__).parents[2]
PROFILE = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8"))
GROUPS = dict(entry.split("=") for entry in PROFILE["groups"])


def rules() -> set[str]:
    """Names of the rules that make results: those of the files, and one for each row of the table of stages."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    return {*re.findall(r"^rule (\w+):", text, re.MULTILINE), *SPECS} - {"validation"}


def test_every_rule_has_a_group() -> None:
    assert set(GROUPS) == rules()


def test_the_page_names_the_groups() -> None:
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    assert {name for name in GROUPS.values() if f"| `{name}` |" not in page} == set()
