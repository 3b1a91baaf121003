"""Reading and checking the config; every fault at once, each with the nearest known name."""

from __future__ import annotations

import json
import reprlib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from biomech.config.config import Config
from biomech.config.section import did_you_mean
from biomech.config.variants import name_faults, variant_values
from biomech.errors import StudyError


def parse_config(values: dict[str, Any] | None) -> Config:
    """Check a mapping and return the config with every default filled in.

    Raises
    ------
    StudyError
        Naming every fault at once: unknown keys with the nearest known name, values out of range or of the wrong type.
    """
    faults = config_faults(values)
    if faults:
        raise StudyError(faults)
    return Config.model_validate(values or {})


def config_faults(values: dict[str, Any] | None) -> list[str]:
    """Return one line for every fault of a config mapping; empty if there is none."""
    if values is not None and not isinstance(values, dict):
        return [f"config: expected a mapping of sections, found {type(values).__name__}"]
    faults = _section_faults(values or {})
    variants = (values or {}).get("variants")
    if faults or not isinstance(variants, dict):
        return faults
    faults = name_faults(variants)
    for name in variants if not faults else ():
        faults += [
            fault.replace("config: ", f"config: variant {name}: ", 1)
            for fault in _section_faults(variant_values(values or {}, name))
        ]
    return faults


def _section_faults(values: dict[str, Any]) -> list[str]:
    try:
        Config.model_validate(values)
    except ValidationError as error:
        return [_fault(item) for item in error.errors()]
    return []


def read_config(path: Path) -> dict[str, Any]:
    """Read a YAML config as a plain mapping (not yet checked by `parse_config`)."""
    try:
        values = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except FileNotFoundError:
        raise StudyError([f"config: {path} is missing; copy config/config.yaml of the example and edit it"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # dates and numbers that cannot be raise ValueError
        raise StudyError([f"config: {path} is not valid YAML: {' '.join(str(error).split())}"]) from None
    return {} if values is None else values


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key given twice, of which the plain loader silently drops the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of a node."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for i, key in enumerate(keys) if key in keys[:i]]
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"key {twice[0]!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def json_schema() -> str:
    """Return the JSON schema of the config as text (`config/schema.json`)."""
    return json.dumps(Config.model_json_schema(), indent=2, sort_keys=True) + "\n"


_SHORT = reprlib.Repr()  # aliases of YAML can hide a value of any size
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, 120, 120


def _fault(item: Any) -> str:
    where = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        parent = _section_at(item["loc"][:-1])
        key = str(item["loc"][-1])
        known = list(parent.model_fields) if parent else []
        return f"config: unknown key `{where}`{did_you_mean(key, known)}; known keys here: {', '.join(known)}"
    message = item["msg"].removeprefix("Value error, ")
    return f"config: `{where}`: {message}; found {_SHORT.repr(item['input'])}"


def _section_at(path: tuple[Any, ...]) -> type[BaseModel] | None:
    model: type[BaseModel] = Config
    for part in path:
        field = model.model_fields.get(str(part))
        if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, BaseModel):
            return None
        model = field.annotation
    return model
