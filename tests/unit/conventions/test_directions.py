"""Words for both ends of every axis."""

import pytest

from biomech.conventions.directions import Ends, ends
from biomech.kinematics.joints import QUANTITIES
from biomech.kinematics.measures import MEASURES
from biomech.kinematics.oxford_foot import OXFORD_QUANTITIES
from biomech.kinetics.moments import MOMENT_QUANTITIES, POWER_QUANTITIES
from biomech.schema import AXES, MUSCLES

CURVES = {
    "angle": (*QUANTITIES, *OXFORD_QUANTITIES),
    "moment": MOMENT_QUANTITIES,
    "power": POWER_QUANTITIES,
    "ground_reaction": AXES,
    "distance": tuple(MEASURES),
}


@pytest.mark.parametrize("variable", list(CURVES))
def test_every_curve_has_two_words(variable):
    for quantity in CURVES[variable]:
        words = ends(variable, quantity)
        assert words.positive and words.negative and words.positive != words.negative, quantity


@pytest.mark.parametrize(
    ("variable", "quantity", "positive", "negative"),
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
def test_the_first_word_is_that_of_positive_values(variable, quantity, positive, negative):
    assert ends(variable, quantity) == Ends(positive, negative)
    assert ends(variable, quantity).turned() == Ends(negative, positive)


def test_muscles_have_one_direction_and_unknown_names_none():
    assert all(ends("emg", muscle) == Ends("", "") for muscle in MUSCLES)
    with pytest.raises(KeyError, match="no words"):
        ends("angle", "nothing")
