"""Numbers go into a page and come out of it again; text cannot end the script that it stands in."""

import json

import numpy as np
import pytest

from biomech.html_report.packed import packed, quantised, script_json, unpacked


def test_floats_come_back_as_they_were():
    values = np.array([[1.5, np.nan, -2.25], [0.0, 1e6, -0.0]])
    np.testing.assert_array_equal(unpacked(packed(values)), values)


def test_quantised_numbers_are_within_half_a_step():
    values = np.array([[0.12345, -1.5], [np.nan, 16.0]])
    back = unpacked(quantised(values, 0.0005))
    np.testing.assert_allclose(back, values, atol=0.00025001)
    assert np.isnan(back[1, 0])


@pytest.mark.parametrize("value", [16.4, -16.4, np.inf, -np.inf])
def test_what_does_not_fit_is_missing_and_not_cut_off(value):
    assert np.isnan(unpacked(quantised([value], 0.0005)))[0]


def test_no_label_ends_the_script():
    label = "</script><!--\u2028&"
    text = script_json({"a": label})
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": label}


def test_a_missing_number_is_refused():
    with pytest.raises(ValueError, match="JSON compliant"):
        script_json({"a": float("nan")})
