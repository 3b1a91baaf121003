"""One option of a study's config changed in its file, comments and order kept."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from biomech.config import config_faults, parse_config, read_config
from biomech.errors import BiomechError, StudyError


@dataclass(frozen=True)
class Changed:
    """An option that was changed.

    Parameters
    ----------
    option : str
        Dotted name.
    old, new : object
        Values; `old` is the default where the file did not name the option.
    was_default : bool
    """

    option: str
    old: Any
    new: Any
    was_default: bool


def set_option(study: Path, assignment: str) -> Changed:
    """Change one option in ``config/config.yaml``.

    Parameters
    ----------
    study : Path
        The study folder.
    assignment : str
        ``signals.cutoff_hz.walking=6``; the value is YAML: ``null``, ``[1, 2]``, text.

    Raises
    ------
    BiomechError
        Where the assignment has another form.
    StudyError
        Where the option is unknown (with the nearest known one) or the value does not fit; the file is then unchanged.
    """
    option, sign, text = assignment.partition("=")
    names = option.strip().split(".")
    if not sign or not all(names):
        raise BiomechError(f"expected OPTION=VALUE such as signals.cutoff_hz.walking=6, found {assignment!r}")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BiomechError(f"{option}: {text!r} cannot be read as a value: {error}") from None
    path = study / "config" / "config.yaml"
    values = read_config(path)
    if faults := config_faults(values):
        raise StudyError(faults)
    before = parse_config(values).model_dump(mode="json")
    text_after = _edited(path.read_text(encoding="utf-8"), names, value)
    if faults := config_faults(yaml.safe_load(text_after)):
        raise StudyError(faults)
    after = parse_config(yaml.safe_load(text_after)).model_dump(mode="json")
    changed = Changed(option.strip(), _at(before, names), _at(after, names), _at(values, names) is None)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text_after, encoding="utf-8", newline="\n")
    os.replace(temporary, path)
    return changed


def _edited(text: str, names: list[str], value: Any) -> str:
    """Return the text of a YAML file with one value changed or added."""
    from ruamel.yaml import YAML  # here: no other command needs it

    reader = YAML()
    reader.preserve_quotes, reader.width = True, 4096
    reader.indent(mapping=2, sequence=4, offset=2)
    document = reader.load(text)
    if document is None:
        document = reader.load("{}")
        document.fa.set_block_style()
    place = document
    for name in names[:-1]:
        if not isinstance(place, Mapping):
            break
        if place.get(name) is None:
            place[name] = {}  # type: ignore[index]
        place = place[name]
    if not isinstance(place, Mapping):
        raise BiomechError(f"{'.'.join(names)}: {'.'.join(names[:-1])} is a value, not a section")
    place[names[-1]] = value  # type: ignore[index]
    out = io.StringIO()
    reader.dump(document, out)
    return out.getvalue()


def _at(values: Any, names: list[str]) -> Any:
    for name in names:
        if not isinstance(values, Mapping):
            return None
        values = values.get(name)
    return values
