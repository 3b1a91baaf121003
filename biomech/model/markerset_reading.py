"""The text of a marker set file: YAML as a plain mapping, the line of every entry, and faults of the writing itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from biomech.errors import StudyError

# the C parser of PyYAML is ten times as fast, where the installation has it
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Levels of nesting that no marker set needs; far below what would exhaust the stack.
MAX_DEPTH = 20
#: Nodes that no marker set has; a file of aliases to aliases unfolds into millions.
MAX_NODES = 100_000


class Lines:
    """Where each entry of a YAML text stands.

    Parameters
    ----------
    root : yaml.Node or None
        As `yaml.compose` gives it.
    """

    def __init__(self, root: yaml.Node | None) -> None:
        self.root = root

    def follow(self, path: Sequence[object]) -> tuple[int, list[object], yaml.Node | None]:
        """Follow a path of keys and indices as far as it exists.

        Parameters
        ----------
        path : sequence of str or int
            Parts that the text does not have (pydantic names the members of a union there) are passed over.

        Returns
        -------
        line : int
            Of the last entry found, counted from 1; 1 where nothing was found.
        found : list
            The parts that exist, in order.
        node : yaml.Node or None
            The value there.
        """
        node, line, found = self.root, 1, list[object]()
        for part in path:
            step = _child(node, part)
            if step is not None:
                line, node = step
                found.append(part)
        return line, found, node

    def line(self, path: Sequence[object]) -> int:
        """Return the line of the last entry of a path that exists, counted from 1."""
        return self.follow(path)[0]


def _child(node: yaml.Node | None, part: object) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if getattr(key, "value", None) == str(part):
                return key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item.start_mark.line + 1, item
    return None


def read_text(path: Path, name: str) -> str:
    """Return the text of a marker set file.

    Raises
    ------
    StudyError
        The file is not UTF-8 text, with the line of the first letter that is not, or cannot be opened.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StudyError([f"marker set {name}: {path} cannot be opened: {error.strerror or error}"]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        written = raw[before.rfind(b"\n") + 1 :].split(b"\n")[0].decode("cp1252", "replace").strip()
        raise StudyError([
            f"marker set {name}, line {line}: expected text saved as UTF-8, found a letter of another encoding in "
            f"{written[:80]!r}; open {path} in a text editor and save it with the encoding UTF-8"
        ]) from None  # fmt: skip


def read_yaml(text: str, name: str) -> tuple[dict[str, Any], Lines]:
    """Return the mapping of a marker set's text and the lines of its entries.

    Raises
    ------
    StudyError
        Not YAML, not a mapping, nested too deeply, keys given twice, entries without a value; each with its line.
    """
    try:
        _check_depth(text, name)
        root = yaml.compose(text, Loader=_LOADER)
        faults = _node_faults(root, name)
        if faults:
            raise StudyError(faults)
        values = yaml.constructor.SafeConstructor().construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        problem = " ".join(filter(None, (error.context, error.problem)))
        if "depth" in problem.lower():  # the C parser's own bound, met before ours
            raise StudyError([_too_deep(name, mark.line + 1 if mark else 1)]) from None
        raise StudyError([
            f"marker set {name}{where}: not valid YAML: {problem}; look for an open bracket or quotation mark, a tab or a "
            "missing space after a colon there or in the line before"
        ]) from None  # fmt: skip
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # dates that cannot be raise ValueError
        raise StudyError([f"marker set {name}: not valid YAML: {' '.join(str(error).split())}"]) from None
    if not isinstance(values, dict):
        found = "nothing" if values is None else f"a {type(values).__name__}"
        raise StudyError([
            f"marker set {name}: expected a mapping with title, hip_centre, markers, landmarks and segments, found {found}"
        ])  # fmt: skip
    return values, Lines(root)


def _check_depth(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise StudyError([_too_deep(name, event.start_mark.line + 1 if event.start_mark else 1)])


def _too_deep(name: str, line: int) -> str:
    return (
        f"marker set {name}, line {line}: expected at most {MAX_DEPTH} levels of brackets or indents, found more; close the "
        "brackets that are open there"
    )


def _node_faults(root: yaml.Node | None, name: str) -> list[str]:
    """Keys given twice and entries without a value, over the whole tree."""
    faults: list[str] = []
    waiting: list[tuple[yaml.Node | None, str, frozenset[int]]] = [(root, "", frozenset())]
    seen = 0
    while waiting:
        node, path, above = waiting.pop()
        seen += 1
        if node is None or not isinstance(node, yaml.CollectionNode):
            continue
        where = f"marker set {name}, line {node.start_mark.line + 1}"
        if id(node) in above:
            return [f"{where}: `{path}` holds itself by a YAML alias (*); write it out"]
        if seen > MAX_NODES:
            return [f"{where}: the YAML aliases (*) of the file unfold into too many entries; write them out"]
        inside = above | {id(node)}
        if isinstance(node, yaml.SequenceNode):
            waiting += [(item, f"{path}.{i}", inside) for i, item in enumerate(node.value)]
            continue
        first: dict[str, int] = {}
        for key, value in node.value:
            line, here = key.start_mark.line + 1, str(getattr(key, "value", ""))
            whole = f"{path}.{here}" if path else here
            if here in first and here != "<<":
                faults.append(
                    f"marker set {name}, line {line}: `{whole}` is given twice, before in line {first[here]}; the first "
                    "would be lost, so delete or rename one"
                )
            first.setdefault(here, line)
            if value.tag == "tag:yaml.org,2002:null":
                faults.append(f"marker set {name}, line {line}: `{whole}` has no value; write one, or delete the entry")
            waiting.append((value, whole, inside))
    return sorted(dict.fromkeys(faults), key=lambda fault: int(fault.split("line ")[1].split(":")[0]))
