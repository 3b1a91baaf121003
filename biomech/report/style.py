"""Style and file output of figures: legible in grey and for the colour-blind, byte for byte repeatable."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from biomech.io.csv_parquet import write_bytes

# Left, right and both. Red and blue are what most gait laboratories use; dark blue and light orange differ for every kind of
# colour vision and in brightness (grey print). The left side is dashed in all of them.
SIDE_COLOURS: dict[str, dict[str, str]] = {
    "red_blue": {"left": "#C8202F", "right": "#1F4FBF", "both": "#3A3A3A"},
    "red_green": {"left": "#C8202F", "right": "#0B7D3B", "both": "#3A3A3A"},
    "orange_blue": {"left": "#D98200", "right": "#004A80", "both": "#3A3A3A"},
}
DEFAULT_COLOURS = "red_blue"
SIDE_COLOUR = SIDE_COLOURS[DEFAULT_COLOURS]
SIDE_LINE: dict[str, Any] = {"left": (0, (4.5, 1.6)), "right": "-", "both": "-"}
# sessions in order; none is the colour of a side
SESSION_COLOUR = ("#000000", "#8E3FA8", "#7C7A00", "#E070B0", "#7A4A21", "#18A0A8")
SESSION_LINE: tuple[Any, ...] = (
    "-",
    (0, (4.5, 1.6)),
    (0, (1.2, 1.4)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (9, 2)),
    (0, (2, 2)),
)
SESSION_MARKER = ("o", "s", "^", "D", "v", "P")
NORM_FACE, NORM_EDGE = "#E3E3E3", "#B5B5B5"
WIDENED = "#A04000"  # axis of a panel whose curves need more than the usual scale

A4 = (8.27, 11.69)

RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "font.size": 7.5,
    "axes.labelsize": 7.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titley": 1.0,  # else every title is moved above all else, which is slow
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "text.parse_math": False,  # a $ in a condition's name is a $
    "svg.fonttype": "none",  # text stays text: searchable, and editable in a drawing program
    "svg.hashsalt": "biomech",
    "pdf.fonttype": 42,
    "savefig.dpi": 150,
    "figure.facecolor": "white",
}

# without these, matplotlib writes dates and its own version
_METADATA: dict[str, dict[str, str | None]] = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
_HOW: dict[str, Any] = {"png": {"pil_kwargs": {"compress_level": 3}}}  # half the time of level 6, files little larger
_DESCRIPTION = {"svg": "Description", "png": "Description", "pdf": "Subject"}


def style() -> Any:
    """Return the context in which figures are made and saved."""
    return rc_context(RC)


def save(
    figure: Figure, folder: Path, name: str, formats: Iterable[str], made_from: Mapping[str, str] | None = None
) -> list[Path]:
    """Write a figure in each of `formats` (svg, png, pdf), without dates; the same figure gives the same bytes.

    `made_from` is the provenance; it becomes the description in the file's metadata.
    """
    description = json.dumps(dict(made_from), sort_keys=True) if made_from else None
    paths = []
    for kind in formats:
        stream = io.BytesIO()
        metadata = {**_METADATA[kind], _DESCRIPTION[kind]: description}
        figure.savefig(stream, format=kind, metadata=metadata, **_HOW.get(kind, {}))
        paths.append(write_bytes(stream.getvalue(), folder / f"{name}.{kind}"))
    return paths


class FileNames:
    """Gives every figure a file name that is safe on every system, and no two the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, *parts: str) -> str:
        """Join the parts that are not empty by underscores, other characters than letters, digits and hyphens replaced."""
        safe = [re.sub(r"[^A-Za-z0-9-]+", "-", str(part)).strip("-") for part in parts]
        stem = "_".join(part for part in safe if part)[:120] or "figure"
        name, n = stem, 1
        while name.lower() in self._taken:  # many file systems ignore the case of letters
            n += 1
            name = f"{stem}_{n}"
        self._taken.add(name.lower())
        return name
