"""The distances of one leg or both, in metres."""

from __future__ import annotations

from biomech.joints import Ends
from biomech.quantities.row import Quantity, rows

_ACROSS_FOOT = "horizontal plane, across the foot's line from heel to second toe"
_FRONTAL, _ACROSS = "frontal plane of progression", "horizontal, across the direction of progression"
_DISPLACEMENT = "medial knee displacement of {}, with joint centres"
_STANCE_WIDTH = "a line down from the tip of the shoulder: stance width of {}, in the wording of Mauntel 2017"
_MEDIAL, _WIDER = Ends("medial", "lateral"), Ends("wider", "narrower")


def _separation(joint: str) -> Quantity:
    return Quantity(
        f"{joint}_separation", "distance", f"{joint} separation",
        f"distance between both {joint} centres, across the direction of progression",
        "both: the right one is to the right of the left one", _WIDER, _FRONTAL, "noyes2005", "separation distances of {}, between joint centres",
        shown=f"{joint}: moves outward",
    )  # fmt: skip


MEASURES: dict[str, Quantity] = rows(
    Quantity(
        "knee_medial_to_hip_ankle_line", "distance", "medial knee displacement from the hip-ankle line",
        "distance of the knee centre from the line between hip and ankle centre",
        "valgus: the knee centre is inside of the line from hip to ankle centre", _MEDIAL, _FRONTAL, "krosshaug2016", _DISPLACEMENT,
        short="knee displacement", shown="knee: moves inward",
    ),
    Quantity(
        "knee_medial_to_second_toe", "distance", "knee over second toe, distance",
        "distance of the knee centre from the foot's line, from heel to second toe",
        "the knee centre is inside of the foot's line, so of the second toe", _MEDIAL, _ACROSS_FOOT, "ageberg2010",
        "knee over second toe: visual criterion of {}, as a distance", shown="knee: moves inward",
    ),
    Quantity(
        "knee_medial_to_first_metatarsal", "distance", "knee medial to the first metatarsal head",
        "distance of the knee centre from the line through the first metatarsal head, parallel to the foot's line",
        "the knee centre is inside of the first metatarsal head", _MEDIAL, _ACROSS_FOOT, "ageberg2010",
        "knee medial to the foot: visual criterion of {}, as a distance", shown="knee: moves inward",
    ),
    Quantity(
        "knee_medial_to_hip", "distance", "medial knee position against the hip",
        "distance of the knee centre from the sagittal plane through the hip centre",
        "the knee centre is inside of the hip centre", _MEDIAL, "horizontal, across the heading of the pelvis", "krosshaug2016",
        f"{_DISPLACEMENT}, in the pelvis's plane", shown="knee: moves inward",
    ),
    Quantity(
        "foot_width", "distance", "foot width", "distance between first and fifth metatarsal head",
        "from first to fifth metatarsal head, always positive", _WIDER, "space",
        note="width of the forefoot, to compare distances between feet", shown="first_metatarsal_head: moves inward",
    ),
    Quantity(
        "navicular_height", "distance", "navicular height", "height of the navicular above the line from heel to first metatarsal head",
        "the navicular is above the line from heel to first metatarsal head", Ends("higher", "lower"),
        "direction normal to the plane of heel, first and fifth metatarsal head", "nielsen2009",
        "dynamic navicular drop: {}, above the foot's own plane in place of the floor", shown="navicular: moves up",
    ),
    *map(_separation, ("hip", "knee", "ankle")),
    Quantity(
        "pelvis_height", "distance", "pelvis height", "height of the pelvis origin", "the pelvis origin is above the lab's floor",
        Ends("higher", "lower"), "lab, vertical", note="position of the pelvis origin", shown="pelvis: moves up",
    ),
    Quantity(
        "first_metatarsal_outside_acromion", "distance", "first metatarsal head outside of the acromion",
        "distance of the first metatarsal head from the sagittal plane through the acromion of its side",
        "the first metatarsal head is outside of the acromion: the whole foot stands outside of the shoulder", _MEDIAL.turned(), _ACROSS,
        "padua2009", _STANCE_WIDTH, shown="first_metatarsal_head: moves outward",
    ),
    Quantity(
        "fifth_metatarsal_inside_acromion", "distance", "fifth metatarsal head inside of the acromion",
        "distance of the fifth metatarsal head from the sagittal plane through the acromion of its side",
        "the fifth metatarsal head is inside of the acromion: the whole foot stands inside of the shoulder", _MEDIAL, _ACROSS,
        "padua2009", _STANCE_WIDTH, shown="fifth_metatarsal_head: moves inward",
    ),
)  # fmt: skip
SEPARATIONS = {f"{joint}_separation": joint for joint in ("hip", "knee", "ankle")}
