"""Units as recording systems spell them."""

from __future__ import annotations

import pytest

from biomech.units import unit_of

# values: NIST SP 811 (2008), appendix B.8
KNOWN = {
    ("force", 1.0): ["N", "n", "Newton", "newtons", "nt", " N "],
    ("force", 1e3): ["kN", "kilonewton", "KN"],
    ("force", 4.448222): ["lbf", "lb", "lbs", "pounds", "lb-f", "pound-force"],
    ("moment", 1.0): ["Nm", "N m", "N.m", "N·m", "N-m", "N*m", "N-M", "Newton metre", "newton-meters", "ntm"],
    ("moment", 1e-3): ["Nmm", "N.mm", "N mm", "ntmm", "Newton-millimetres", "NMM"],
    ("moment", 1e-2): ["Ncm", "N·cm"],
    ("moment", 0.1129848): ["in-lbf", "in lb", "lbf.in", "lb-in", "inch-pounds", "in·lbf"],
    ("moment", 1.355818): ["ft-lb", "lbf ft", "foot-pounds"],
    ("voltage", 1.0): ["V", "v", "Volt", "volts"],
    ("voltage", 1e-3): ["mV", "mVolt", "mVolts", "millivolt", "Millivolts", "MV"],
    ("voltage", 1e-6): ["uV", "µV", "μV", "microvolt", "microvolts"],
    ("length", 1e-3): ["mm", "millimeters"],
    ("length", 1.0): ["m", "mete", "metres"],
}


@pytest.mark.parametrize(("unit", "text"), [(unit, text) for unit, texts in KNOWN.items() for text in texts])
def test_usual_spellings(unit: tuple[str, float], text: str) -> None:
    found = unit_of(text)
    assert found is not None
    assert found.kind == unit[0] and found.si == pytest.approx(unit[1], rel=1e-6)


@pytest.mark.parametrize("text", ["", "counts", "d.u.", "N/m", "Nm/kg", "bits", "deg", "N2", "g"])
def test_others_are_not_guessed(text: str) -> None:
    assert unit_of(text) is None
