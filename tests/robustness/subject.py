"""Situations: the person, the sheets, other people's files, the person's marker set, EMG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import biomech
from tests.robustness.draft import Draft
from tests.robustness.recording import example
from tests.robustness.situation import Collection, Make

SUBJECT = Collection("subject and sheets")
PEOPLE = Collection("people and files")
MARKERSETS = Collection("marker sets")
EMG = Collection("EMG")


def _cell(column: str, value: object) -> Make:
    def make(draft: Draft) -> None:
        draft.person[column] = value

    make.__name__ = f"{column}_{value}".replace(",", "_").replace(".", "_").replace("-", "minus")
    return make


for _title, _column, _value, _names in (
    ("mass in the sheet 85 for 65.5 kg", "mass_kg", 85, r"mass|body.?weight"),
    ("mass in the sheet 56.5 for 65.5 kg (digits exchanged)", "mass_kg", 56.5, r"mass|body.?weight"),
    ("mass in pounds", "mass_kg", 144, r"mass|body.?weight"),
    ("height in the sheet 1.07 for 1.70 m (digits exchanged)", "height_m", 1.07, r"height|stature"),
    ("height in the sheet 1.95 for 1.70 m", "height_m", 1.95, r"height|stature"),
    ("height in cm", "height_m", 170, r"height_m"),
    ("decimal comma in the mass", "mass_kg", "65,5", r"mass_kg"),
    ("no mass", "mass_kg", "", r"mass"),
    ("tibial torsion in the sheet against medial markers", "left_tibial_torsion_deg", 35, r"torsion"),
    ("leg length in the sheet 0.50 m", "left_leg_length_m", 0.5, r"leg.?length"),
    ("knee width in the sheet 0.20 for 0.10 m", "right_knee_width_m", 0.20, r"knee.?width"),
    ("inter-ASIS distance in the sheet 0.40 m", "inter_asis_distance_m", 0.40, r"inter.?asis"),
):
    # a cell that this model does not use changes nothing: it need not be named
    SUBJECT.add(_title, _names, must_name=not _column.startswith(("left_leg", "right_knee", "left_tibial")))(
        _cell(_column, _value)
    )


@SUBJECT.add("wrong side of a trial of one leg", r"side", base="squat", must_name=True)
def wrong_side(draft: Draft) -> None:
    draft.rows["squat-right"]["side"] = "left"


@SUBJECT.add("a walk called a squat", r"squat|task|repetition|knee flexion|cycle|steps|walk", must_name=True)
def walk_called_squat(draft: Draft) -> None:
    draft.rows["walk1"] |= {"task": "single_leg_squat", "side": "right"}


@SUBJECT.add("a squat called a walk", r"task|stride|cycle|event|walk", base="squat", must_name=True)
def squat_called_walk(draft: Draft) -> None:
    draft.rows["squat-right"]["task"] = "walking"


@SUBJECT.add("a walk called running", r"running|cadence|task|flight", must_name=True)
def walk_called_running(draft: Draft) -> None:
    draft.rows["walk1"]["task"] = "running"


@SUBJECT.add("static of another footwear only", r"footwear")
def other_footwear(draft: Draft) -> None:
    draft.rows["walk1"]["footwear"] = "shod"


@SUBJECT.add("relabel of a label that the file does not have", r"relabel|label")
def relabel_unknown(draft: Draft) -> None:
    draft.rows["walk1"]["relabel"] = "LTHX=LTH1"


@SUBJECT.add(
    "config says that the person faces the other way",
    r"forward|lab_axes|lab\.|\blab\b|axes|direction",
    accept=("read rightly", "repaired and named", "warned", "refused with reason"),
)
def forward_wrong(draft: Draft) -> None:
    draft.option("lab", forward="-x")


@SUBJECT.add("config says that Y is up", r"\bup\b|lab_axes|lab\.|\blab\b", must_name=True)
def up_wrong(draft: Draft) -> None:
    draft.option("lab", up="+y", forward="+x")


@SUBJECT.add("another mass in the C3D file than in the sheet", r"mass", must_name=True)
def mass_in_file_differs(draft: Draft) -> None:
    for file in draft.files.values():
        file.set("PROCESSING", Bodymass=[80.0])


@SUBJECT.add("the mass is in the C3D file only", r"mass", accept=("read rightly", "repaired and named"))
def mass_in_file_only(draft: Draft) -> None:
    draft.person["mass_kg"] = ""
    for file in draft.files.values():
        file.set("PROCESSING", Bodymass=[65.5])


@SUBJECT.add("the marker diameter is given nowhere", r"diameter", base="conventional", must_name=True)
def diameter_unknown(draft: Draft) -> None:
    for file in draft.files.values():
        del file.parameters["PROCESSING"]["MarkerDiameter"]


@SUBJECT.add("torsion in the sheet against medial markers", r"torsion", base="conventional", must_name=True)
def torsion_differs(draft: Draft) -> None:
    draft.person["left_tibial_torsion_deg"] = 30


@SUBJECT.add("torsion in the sheet against that in the file", r"torsion", base="conventional", must_name=True)
def torsion_in_file_differs(draft: Draft) -> None:
    draft.person["left_tibial_torsion_deg"] = -5
    draft.static.drop("LMED", "RMED")
    for file in draft.files.values():
        file.set("PROCESSING", LTibialTorsion=[-0.5])


@SUBJECT.add("knee width in the sheet against that in the file", r"knee.?width", base="conventional", must_name=True)
def knee_width_differs(draft: Draft) -> None:
    draft.person["left_knee_width_m"] = 0.14


@SUBJECT.add("a thigh wand is knocked between static and walk", r"THI|wand", base="conventional", must_name=True)
def wand_knocked(draft: Draft) -> None:
    draft.walk.marker("LTHI")[:] += [30, 0, 10]


# --- people


@PEOPLE.add("one walk under two names", r"same (recording|file|content)|identical|twice|copy", must_name=True)
def walk_twice(draft: Draft) -> None:
    draft.add("walk2", draft.walk, "walk1")


@PEOPLE.add("one row given twice, same file", r"same (recording|file|content)|identical|twice|copy", must_name=True)
def row_twice(draft: Draft) -> None:
    draft.rows["walk2"] = draft.rows["walk1"] | {"trial": "walk2"}


@PEOPLE.add(
    "one recording for two people", r"same (recording|file|content)|identical|twice|copy|already", must_name=True
)
def two_people(draft: Draft) -> None:
    draft.people.append(draft.person | {"participant": "P02"})
    for name in ("static", "walk1"):
        draft.files[f"P02-{name}"] = draft.files[name]
        draft.rows[f"P02-{name}"] = draft.rows[name] | {"participant": "P02", "file": f"P02-{name}.c3d"}


ELSE = r"somebody else|another person|other person|segment.*(differ|length)|belongs? to|distance.*differ|static.*differ"


@PEOPLE.add("the static of another person", ELSE, must_name=True)
def static_of_another(draft: Draft) -> None:
    draft.files["static"] = example("P02/pre/static")


@PEOPLE.add("the walk of another person", ELSE, must_name=True)
def walk_of_another(draft: Draft) -> None:
    draft.files["walk1"] = example("P04/pre/walk1")


@PEOPLE.add("all files of another person", r"mass|height|stature|body.?weight", must_name=True)
def all_of_another(draft: Draft) -> None:
    draft.files["static"], draft.files["walk1"] = example("P04/pre/static"), example("P04/pre/walk1")


@PEOPLE.add("two trials whose names differ only by case", r"upper|lower|\bcase\b", must_name=True, ignore="Walk1")
def names_by_case(draft: Draft) -> None:
    draft.add("Walk1", example("P01/pre/walk2"), "walk1")
    draft.rows["Walk1"]["file"] = "walk_2.c3d"
    draft.after.append(lambda study: (study / "data" / "Walk1.c3d").rename(study / "data" / "walk_2.c3d") and None)


@PEOPLE.add("a participant called CON", r"reserved|Windows", must_name=True)
def reserved_name(draft: Draft) -> None:
    draft.person["participant"] = "CON"
    for row in draft.rows.values():
        row["participant"] = "CON"


@PEOPLE.add("a line of participants.tsv with a column too many", r"participants.tsv.*line 3|line 3", must_name=True)
def broken_line(draft: Draft) -> None:
    draft.after.append(lambda study: _append(study / "config" / "participants.tsv", "P02\tfemale\t65\t1.7\t9\t9\n"))


@PEOPLE.add("a participant whose mass is a word, in a sheet with others", r"participants.tsv.*mass_kg", must_name=True)
def mass_is_a_word(draft: Draft) -> None:
    draft.people.append(draft.person | {"participant": "P02", "mass_kg": "heavy"})


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


@PEOPLE.add("a second walk of another person", ELSE, base="walks", must_name=True, ignore="walk2")
def second_walk_of_another(draft: Draft) -> None:
    draft.files["walk2"] = example("P04/pre/walk2")


@PEOPLE.add("an unknown participant in trials.tsv", r"participant", must_name=True)
def unknown_participant(draft: Draft) -> None:
    draft.rows["walk1"]["participant"] = "P1"


# --- marker sets


def own_set(old: str, new: str, count: int = 1) -> Make:
    """A copy of the usual marker set with one text replaced."""

    def make(draft: Draft) -> None:
        text = (Path(biomech.__file__).parent / "model" / "markersets" / "cast_lower_limb.yaml").read_text(
            encoding="utf-8"
        )
        assert old in text, old
        draft.texts["config/markersets/ours.yaml"] = text.replace(old, new, count).encode()
        draft.config["markerset"] = "ours"

    return make


def _set(title: str, name: str, names: str, old: str, new: str, count: int = 1) -> None:
    make = own_set(old, new, count)
    make.__name__ = name
    MARKERSETS.add(title, names, must_name=True)(make)


_set(
    "a key twice",
    "key_twice",
    r"twice|duplicate",
    "  knee: {midpoint: [LFE, MFE]}",
    "  knee: {midpoint: [LFE, MFE]}\n  knee: {use: LFE}",
)
_set("a null operation", "null_operation", r"hip", "hip: {hip_centre: pelvis}", "hip: {hip_centre: null}")
_set(
    "an unknown hip_centre",
    "unknown_hip_centre",
    r"hip_centre|hip centre",
    "hip_centre: harrington_reduced",
    "hip_centre: harringtom",
)
_set(
    "a segment fixed to itself",
    "fixed_to_itself",
    r"ours.*shank_distal",
    "{fixed_to: shank_proximal}",
    "{fixed_to: shank_distal}",
)
_set(
    "a frame through one point twice",
    "one_point_twice",
    r"ours.*(pelvis|ASI)",
    "z: [ASI_opposite, ASI]",
    "z: [ASI, ASI]",
)
_set(
    "a landmark named as tracking marker",
    "landmark_tracked",
    r"ours.*(knee|tracking|cluster)",
    "cluster: [TH1, TH2, TH3, TH4]",
    "cluster: [TH1, TH2, knee]",
)
_set("a misspelt marker in a frame", "marker_unknown", r"LFEE", "second: {z: [MFE, LFE]}", "second: {z: [MFE, LFEE]}")
_Z = r"(?=.*thigh)(?=.*(medial|z axis))"
_set(
    "medial and lateral of the thigh exchanged",
    "thigh_z_medial",
    _Z,
    "- {origin: hip, first: {y: [knee, hip]}, second: {z: [MFE, LFE]}}",
    "- {origin: hip, first: {y: [knee, hip]}, second: {z: [LFE, MFE]}}",
)
_set(
    "the foot's x axis points back",
    "foot_x_back",
    r"(?=.*foot)(?=.*(x axis|back))",
    "first: {x: [heel_flat, mid_heads]}",
    "first: {x: [mid_heads, heel_flat]}",
)
_set(
    "the shank lies above the thigh",
    "shank_above",
    r"(?=.*(shank|thigh))(?=.*(above|angle|upside))",
    "knee: {midpoint: [LFE, MFE]}\n  ankle: {midpoint: [LM, MM]}",
    "ankle: {midpoint: [LFE, MFE]}\n  knee: {midpoint: [LM, MM]}",
)
_set(
    "front and back of the pelvis exchanged",
    "pelvis_x_back",
    r"(?=.*pelvis)(?=.*(x axis|back|front))",
    "second: {x: [mid_psis, mid_asis]}",
    "second: {x: [mid_asis, mid_psis]}",
)
_set(
    "labels of two markers exchanged",
    "labels_exchanged",
    r"(?=.*(shank|ankle))(?=.*([xz] axis|angle|medial|exchanged))",
    '  LM: {labels: ["{s}LM"], body: shank, required: static}\n  MM: {labels: ["{s}MM"]',
    '  LM: {labels: ["{s}MM"], body: shank, required: static}\n  MM: {labels: ["{s}LM"]',
)


@MARKERSETS.add("a file in Latin-1", r"UTF-8|encod", must_name=True)
def latin_1(draft: Draft) -> None:
    own_set("# Clusters", "# Cluster für Schenkel, clusters")(draft)
    draft.texts["config/markersets/ours.yaml"] = draft.texts["config/markersets/ours.yaml"].decode().encode("latin-1")


@MARKERSETS.add("a tab instead of blanks", r"tab|line|YAML|ours", must_name=True)
def tab(draft: Draft) -> None:
    own_set("  TH1: {", "\tTH1: {")(draft)


@MARKERSETS.add("deep nesting", r"nest|deep|levels of brackets", must_name=True)
def deep_nesting(draft: Draft) -> None:
    own_set("toe: [{use: M2}", "toe: [" * 2000 + "{use: M2}")(draft)


# --- EMG


def _hum(hertz: float) -> Make:
    def make(draft: Draft) -> None:
        file = draft.files["squat-right"]
        t = np.arange(len(file.analog)) / file.analog_rate_hz
        file.channel("RGMED")[:] += 2 * file.channel("RGMED").std() * np.sin(2 * np.pi * hertz * t)

    make.__name__ = f"hum_{hertz:g}_Hz"
    return make


for _hz in (50.0, 60.0):
    EMG.add(f"hum of {_hz:g} Hz", r"hum|mains|50 Hz|60 Hz|power line", base="squat", must_name=True)(_hum(_hz))


@EMG.add("the amplifier clips", r"clip|saturat|range|limit", base="squat", must_name=True)
def clipped(draft: Draft) -> None:
    channel = draft.files["squat-right"].channel("RGMED")
    limit = 1.5 * channel.std()
    channel[:] = np.clip(channel, -limit, limit)


@EMG.add("a dead channel", r"flat|no signal|dead", base="squat", must_name=True)
def dead_channel(draft: Draft) -> None:
    draft.files["squat-right"].channel("RGMED")[:] = 0.0


@EMG.add("the channel's name is misspelt", r"RGMED|channel", base="squat", must_name=True)
def channel_misspelt(draft: Draft) -> None:
    file = draft.files["squat-right"]
    file.channels[file.channels.index("RGMED")] = "R GMED"


@EMG.add("100 samples without a value", r"without a value|NaN|missing", base="squat", must_name=True)
def emg_nan(draft: Draft) -> None:
    draft.files["squat-right"].channel("RGMED")[2000:2100] = np.nan


@EMG.add(
    "a contraction that is far too weak to be maximal",
    r"%MVC|\bMVC\b|maximal",
    base="squat_with_mvc",
    must_name=True,
)
def weak_mvc(draft: Draft) -> None:
    for name in ("LGMED", "RGMED"):
        draft.files["maximal"].channel(name)[:] *= 0.1


@EMG.add(
    "maximal contraction recorded without markers",
    r"\bMVC\b|maximal",
    base="squat_with_mvc",
    accept=("read rightly", "repaired and named"),
)
def mvc_without_markers(draft: Draft) -> None:
    draft.files["maximal"].drop(*draft.files["maximal"].labels)
