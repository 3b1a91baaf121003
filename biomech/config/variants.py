"""Section of named variants: the same study with some options changed, to show how results depend on a choice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

BASE = "base"
# Where the recordings lie is not a choice of method, and a variant of variants would have no end.
FIXED = ("data", "variants")
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")

Variants = Annotated[
    dict[str, dict[str, Any]],
    Field(
        description="Name of a variant, then the options that it changes, section by section, for example "
        "`{cutoff-6: {signals: {cutoff_hz: {walking: 6}}}}`. Stages that no change reaches are computed once for all."
    ),
]


def deep_merge(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with another laid over it, section by section; a list or value replaces the one below it."""
    out = dict(values)
    for key, value in overrides.items():
        below = out.get(key)
        out[key] = deep_merge(below, value) if isinstance(below, dict) and isinstance(value, Mapping) else value
    return out


def variant_values(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the values of a config with those of one of its variants laid over them, and no variants."""
    whole = deep_merge(values, values["variants"][name])
    whole.pop("variants")
    return whole


def name_faults(variants: Mapping[Any, Any]) -> list[str]:
    """Return one line for every variant whose name or sections cannot be."""
    faults = []
    for name, overrides in variants.items():
        if not isinstance(name, str) or not _LABEL.fullmatch(name) or name == BASE:
            faults.append(
                f"config: `variants`: expected names of letters, digits and hyphens other than {BASE!r}, found {name!r}"
            )
        elif isinstance(overrides, Mapping):
            faults += [
                f"config: `variants.{name}.{section}`: a variant cannot change the section `{section}`"
                for section in FIXED
                if section in overrides
            ]
    return faults
