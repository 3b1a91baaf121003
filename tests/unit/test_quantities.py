"""The table of quantities: words for both ends of every axis, positive direction, unit and source."""

import re

import pytest

from biomech.joints import JOINTS, SEGMENT_ANGLES, Ends
from biomech.quantities import (
    CITATIONS,
    LEVER_ARM,
    LOADS,
    MEASURES,
    MOMENT_QUANTITIES,
    OXFORD_QUANTITIES,
    POWER_QUANTITIES,
    QUANTITIES,
    TABLES,
    quantity,
)
from biomech.report.references import bibliography
from biomech.schema import AXES

CURVES = {
    "angle": (*QUANTITIES, *OXFORD_QUANTITIES),
    "moment": MOMENT_QUANTITIES,
    "power": POWER_QUANTITIES,
    "ground_reaction": AXES,
    "distance": tuple(MEASURES),
}


@pytest.mark.parametrize("variable", list(CURVES))
def test_every_curve_has_two_words(variable):
    for name in CURVES[variable]:
        words = quantity(variable, name).ends
        assert words.positive and words.negative and words.positive != words.negative, name


@pytest.mark.parametrize(
    ("variable", "name", "positive", "negative"),
    [
        ("angle", "hip_flexion", "flexion", "extension"),
        ("angle", "ankle_dorsiflexion__static", "dorsiflexion", "plantarflexion"),
        ("angle", "knee_abduction", "valgus", "varus"),
        ("angle", "rearfoot_eversion", "eversion", "inversion"),
        ("angle", "ankle_inversion", "inversion", "eversion"),
        ("angle", "hip_adduction_by_shank", "adduction", "abduction"),
        ("moment", "knee_abduction", "abductor", "adductor"),
        ("moment", "ankle_dorsiflexion", "dorsiflexor", "plantarflexor"),
        ("ground_reaction", "z", "lateral", "medial"),
    ],
)
def test_the_first_word_is_that_of_positive_values(variable, name, positive, negative):
    assert quantity(variable, name).ends == Ends(positive, negative)
    assert quantity(variable, name).ends.turned() == Ends(negative, positive)


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match=r"angle\.nothing is not a quantity"):
        quantity("angle", "nothing")


def test_every_row_says_what_it_is():
    """Every quantity has title, meaning, positive direction, frame and unit, and those that cite a publication name it."""
    for row in (*(row for table in TABLES.values() for row in table.values()), LEVER_ARM):
        for name in ("title", "meaning", "positive", "frame", "unit"):
            assert getattr(row, name).strip(), f"{row.name}: {name}"
        assert "{" not in row.source and (not row.cited or CITATIONS[row.cited] in row.source), row.name
    assert {row.cited for table in TABLES.values() for row in table.values() if row.cited} | {"hunt2006"} <= set(
        CITATIONS
    )


def test_external_moments_are_minus_the_internal_ones_and_come_in_pairs():
    assert LOADS["knee_adduction"].quantity == "knee_abduction" and LOADS["knee_adduction"].sign == 1
    assert LOADS["hip_adduction"].quantity == "hip_adduction" and LOADS["hip_adduction"].sign == -1
    for load in LOADS.values():
        (other,) = (one for one in LOADS.values() if one.quantity == load.quantity and one.sign == -load.sign)
        assert other.ends == load.ends.turned()


def test_a_cardan_angle_is_in_all_tables_by_its_row_alone():
    for joint in (*SEGMENT_ANGLES, *JOINTS):
        for part in joint.components:
            row = quantity("angle", part.quantity)
            assert (row.positive, row.ends) == (part.positive, part.ends)
            assert quantity("angle", f"{part.quantity}__static").ends == part.ends


def test_publications_are_those_of_the_bibliography_where_it_has_them():
    known = bibliography()
    shared = CITATIONS.keys() & known.keys()
    assert {"grood1983", "baker2001", "stebbins2006"} <= shared
    for key in shared:
        entry, words = known[key], CITATIONS[key]
        assert entry["author"].split(",")[0] in words and entry["year"] in words and entry["volume"] in words, key
    assert all(re.sub(r"\D", "", key) in words for key, words in CITATIONS.items())
