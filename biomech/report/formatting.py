"""Tables ready to paste: Markdown and LaTeX from the same cells, numbers with as many places as their unit deserves."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

PRINTED = {
    "degree": "°",
    "N m kg-1": "N·m/kg",
    "N m": "N·m",
    "W kg-1": "W/kg",
    "N kg-1 s-1": "N/(kg·s)",
    "N kg-1": "N/kg",
    "m s-1": "m/s",
    "degree s-1": "°/s",
    "N m s kg-1": "N·m·s/kg",
    "1": "",
    "text": "",
}
_PLACES = {
    "degree": 1,
    "N m kg-1": 2,
    "W kg-1": 2,
    "m": 3,
    "s": 3,
    "%": 1,
    "degree s-1": 0,
    "N": 0,
    "kg": 1,
    "mm": 1,
    "cm": 1,
    "ms": 0,
}
_NUMBERS = re.compile(r"[−+<]?[\d.e−]+( to [−\d.e]+)?")
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "°": r"\textdegree{}",
    "·": r"$\cdot$",
    "−": "$-$",
    "–": "--",
    "×": r"$\times$",
    "±": r"$\pm$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "²": r"\textsuperscript{2}",
    "η": r"$\eta$",
    "ρ": r"$\rho$",
    "√": r"$\surd$",
    "Δ": r"$\Delta$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def unit_text(unit: str) -> str:
    """Return a unit as it is printed: ``°`` for ``degree``, nothing for plain numbers."""
    return PRINTED.get(unit, unit)


def finer(unit: str) -> int:
    """Return one place after the point more than a value of a unit has: for errors and spreads, which are smaller than values."""
    return _PLACES.get(unit, 2) + (unit in _PLACES)


def number(value: object, unit: str = "", places: int | None = None) -> str:
    """Return a number as text with a true minus sign; empty if it is missing.

    Parameters
    ----------
    value : float
    unit : str
        Decides the places after the point: 1 for degrees, 2 for moments and plain numbers.
    places : int, optional
        Places after the point.
    """
    if value is None or value == "" or not np.isfinite(float(value)):  # type: ignore[arg-type]
        return ""
    shown = float(value)  # type: ignore[arg-type]
    if places is None:
        places = _PLACES.get(unit, 2)
        if unit not in _PLACES and shown and abs(shown) < 10.0**-places:  # or it would read as nothing at all
            return _minus(f"{shown:.2g}" if abs(shown) >= 1e-4 else f"{shown:.1e}")
    text = f"{shown:.{places}f}"
    return _minus(text if float(text) else text.lstrip("-"))


def interval(low: object, high: object, unit: str = "", places: int | None = None) -> str:
    """Return an interval as ``low to high`` (a dash would read as a minus); empty if it is missing."""
    parts = number(low, unit, places), number(high, unit, places)
    return f"{parts[0]} to {parts[1]}" if all(parts) else ""


def p_value(p: object) -> str:
    """Return a p value: three places, ``<0.001`` below them, never 0 and never a star."""
    if p is None or p == "" or not np.isfinite(float(p)):  # type: ignore[arg-type]
        return ""
    value = float(p)  # type: ignore[arg-type]
    return "<0.001" if value < 0.0005 else f"{value:.3f}"


def markdown(table: pd.DataFrame) -> str:
    """Return a table of text as Markdown; columns of numbers (all but the text ones) stand to the right."""
    head = [_cell(name) for name in table.columns]
    rule = ["---:" if _is_numeric(table[name]) else "---" for name in table.columns]
    rows = [[_cell(value) for value in row] for row in table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in [head, rule, *rows])


def latex(table: pd.DataFrame, caption: str, label: str) -> str:
    """Return a table of text as a LaTeX float (package booktabs), special characters escaped."""
    spec = "".join("r" if _is_numeric(table[name]) else "l" for name in table.columns)
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{escape(caption)}}}", rf"\label{{{label}}}"]
    lines += [rf"\begin{{tabular}}{{{spec}}}", r"\toprule", _row(table.columns), r"\midrule"]
    lines += [_row(row) for row in table.itertuples(index=False)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def escape(text: object) -> str:
    """Return text as LaTeX prints it unchanged."""
    return "".join(_LATEX.get(letter, letter) for letter in str(text))


def _row(cells: Iterable[object]) -> str:
    return " & ".join(escape(cell) for cell in cells) + r" \\"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", r"\|")


def _is_numeric(column: Iterable[object]) -> bool:
    cells = [str(cell) for cell in column if str(cell)]
    return bool(cells) and all(_NUMBERS.fullmatch(cell) for cell in cells)


def _minus(text: str) -> str:
    return text.replace("-", "−", 1) if text.startswith("-") else text
