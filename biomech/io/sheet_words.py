"""Words that people write in sheets for the columns and cells that have a meaning; what is understood here is reported."""

from __future__ import annotations

import re
from collections.abc import Iterable

from biomech.schema import SIDES

#: Words for a column, folded by `folded`. They count only in a sheet that knows the column and does not hold it already.
COLUMNS = {
    "participant": "participant_id subject subject_id patient patient_id proband probandin id person vp",
    "session": "session_id visit visit_id sitzung termin",
    "trial": "trial_id trial_name versuch messung",
    "file": "filename file_name c3d c3d_file datei dateiname",
    "role": "trial_role rolle",
    "task": "movement aufgabe bewegung",
    "condition": "bedingung",
    "footwear": "shoes shoe schuhe schuhwerk",
    "side": "seite",
    "include": "included use einschliessen",
    "sex": "gender geschlecht",
    "group": "gruppe",
    "dominant_side": "dominant_leg dominance dominantes_bein dominante_seite",
    "mass_kg": "mass weight weight_kg body_mass body_mass_kg body_weight bodymass masse masse_kg gewicht gewicht_kg koerpergewicht "
    "koerpermasse",
    "height_m": "height stature stature_m body_height groesse groesse_m koerpergroesse",
    "label": "session_label bezeichnung",
}
_MEANT = {word: column for column, words in COLUMNS.items() for word in words.split()}
#: Words for cells of a column of few words.
CELLS = {
    "sex": {
        "female": "f w female weiblich woman women frau girl",
        "male": "m male maennlich man men mann boy",
        "unknown": "u unbekannt",
    },
    "side": {"left": "l li links", "right": "r re rechts", "both": "b beide beidseits bilateral"},
    "role": {"static": "statisch standing calibration", "functional": "funktionell", "dynamic": "dynamisch movement"},
    "task": {"walking": "walk gait gehen", "running": "run jogging laufen", "side_cut": "cutting side_cutting sidecut"},
    "yes_no": {"yes": "ja wahr", "no": "nein falsch"},
}
_UNITS = {"cm": 0.01, "mm": 0.001, "g": 0.001}


def folded(text: str) -> str:
    """Return a word without case, with ``_`` for blanks, hyphens, dots, slashes and brackets, and without umlauts."""
    text = text.casefold().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"})
    return re.sub(r"[\s\-./()\[\]_]+", "_", text).strip("_")


def column_meant(text: str, absent: Iterable[str]) -> tuple[str, float] | None:
    """Return the column that a header means and the factor for its numbers; None if it means none of the absent ones.

    Parameters
    ----------
    text : str
        Header cell that is not itself a known column.
    absent : iterable of str
        Known columns that the sheet does not hold by their own names.

    Returns
    -------
    (str, float) or None
        ``Weight`` is ``mass_kg``; ``Height (cm)`` is ``height_m`` with the factor 0.01.
    """
    word, columns = folded(text), list(absent)
    by_name = {folded(column): column for column in columns}
    found = by_name.get(word) or _MEANT.get(word)
    if found in columns:
        return str(found), 1.0
    stem, _, unit = word.rpartition("_")
    factor = _UNITS.get(unit)
    base = "kg" if unit == "g" else "m"
    if not stem or factor is None:
        return None
    found = by_name.get(f"{stem}_{base}") or _MEANT.get(stem)
    return (str(found), factor) if found in columns and str(found).endswith(f"_{base}") else None


def cell_meant(text: str, column: str, known: Iterable[str]) -> str | None:
    """Return the known word that a cell means; None if it means none."""
    names = list(known)
    word = folded(text)
    same = next((name for name in names if folded(name) == word), None)
    if same is not None:
        return same
    kind = "side" if set(SIDES) <= set(names) else "yes_no" if {"yes", "no"} <= set(names) else column
    return next(
        (meaning for meaning, words in CELLS.get(kind, {}).items() if meaning in names and word in words.split()), None
    )
