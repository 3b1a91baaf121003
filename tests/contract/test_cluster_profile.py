"""The profile for Slurm: every rule that makes results belongs to a group, and no group names a rule that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from biomech.pipeline.resources import NEEDS
from biomech.pipeline.stages import SPECS

ROOT = Path(__file__).parents[2]
PROFILE = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text(encoding="utf-8"))
GROUPS = dict(entry.split("=") for entry in PROFILE["groups"])


def rules() -> set[str]:
    """Names of the rules that make results: those of the files, and one for each row of the table of stages."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    return {*re.findall(r"^rule (\w+):", text, re.MULTILINE), *SPECS} - {"validation"}


def test_every_rule_has_a_group_or_is_local() -> None:
    found = re.search(
        r"^localrules:\n((?:    \w+,\n)+)", (ROOT / "Snakefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found
    local = set(re.findall(r"\w+", found[1])) - {"all"}
    assert local and set(GROUPS) | local == rules() and not set(GROUPS) & local


def test_every_rule_says_what_it_needs() -> None:
    assert set(NEEDS) == rules()


def test_the_page_names_the_groups() -> None:
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    assert {name for name in GROUPS.values() if f"| `{name}` |" not in page} == set()
