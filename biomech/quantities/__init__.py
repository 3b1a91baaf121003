"""Every angle, moment, power, distance and force: name, unit, positive direction, words of both ends, frame and source.

Typed once, here; the Cardan angles come from the rows of `biomech.joints`. Kinematics, metrics, figures, the data
dictionary, exports and the tables of `docs/conventions.md` read these tables.
"""

from biomech.joints import Ends
from biomech.quantities.angles import ANGLES, BASE_QUANTITIES, OXFORD_QUANTITIES, PLANES, QUANTITIES, standing_of
from biomech.quantities.distances import MEASURES, SEPARATIONS
from biomech.quantities.kinetic import (
    FORCES,
    LEVER_ARM,
    LOADS,
    MOMENT_QUANTITIES,
    MOMENTS,
    POWER_QUANTITIES,
    POWERS,
    TOTAL_POWERS,
    Load,
)
from biomech.quantities.row import CITATIONS, Quantity

__all__ = [
    "ANGLES",
    "BASE_QUANTITIES",
    "CITATIONS",
    "FORCES",
    "LEVER_ARM",
    "LOADS",
    "MEASURES",
    "MOMENTS",
    "MOMENT_QUANTITIES",
    "OXFORD_QUANTITIES",
    "PLANES",
    "POWERS",
    "POWER_QUANTITIES",
    "QUANTITIES",
    "SEPARATIONS",
    "TABLES",
    "TOTAL_POWERS",
    "Ends",
    "Load",
    "Quantity",
    "quantity",
    "standing_of",
]

TABLES: dict[str, dict[str, Quantity]] = {
    "angle": ANGLES,
    "moment": MOMENTS,
    "power": POWERS,
    "distance": MEASURES,
    "ground_reaction": FORCES,
}


def quantity(variable: str, name: str) -> Quantity:
    """Return the row of a curve.

    Parameters
    ----------
    variable : str
        Key of `TABLES`.
    name : str
        Angle, moment or power, measure, or axis of the force.

    Raises
    ------
    KeyError
        For a name that the variable does not have.
    """
    if variable not in TABLES or name not in TABLES[variable]:
        raise KeyError(f"{variable}.{name} is not a quantity; known: {', '.join(TABLES.get(variable, TABLES))}")
    return TABLES[variable][name]
