"""Set-up files of OpenSim's tools (scaling, inverse kinematics, inverse dynamics) and marker sets of a model, as XML.

Layouts: OpenSim 4 documentation, "How to Use the Scale Tool", "How to Use the IK Tool", "How to Use the Inverse Dynamics
Tool". All paths in a set-up file are seen from its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from biomech.io.csv_parquet import write_bytes

_VERSION = "40000"
Point = tuple[float, float, float]
Interval = tuple[float, float]


def write_marker_set(path: Path, markers: Mapping[str, tuple[str, Point]], fixed: Sequence[str] = ()) -> Path:
    """Write the markers of a model.

    Parameters
    ----------
    path : Path
    markers : mapping
        Name to body and place in the body's frame, m.
    fixed : sequence of str
        Markers that scaling must not move in their bodies.
    """
    root, objects = _document("MarkerSet", "markerset", objects=True)
    for name, (body, place) in markers.items():
        marker = ElementTree.SubElement(objects, "Marker", name=name)
        _texts(
            marker,
            socket_parent_frame=f"/bodyset/{body}",
            location=" ".join(f"{value:.6f}" for value in place),
            fixed=_flag(name in fixed),
        )
    return _write(root, path)


def write_scale_setup(
    path: Path,
    *,
    name: str,
    mass_kg: float | None,
    height_m: float | None,
    generic_model: str,
    marker_set: str,
    static_trc: str,
    time_range: Interval,
    measurements: Mapping[str, tuple[Sequence[tuple[str, str]], Sequence[str]]],
    tasks: Mapping[str, float],
    output_model: str,
) -> Path:
    """Write the set-up of the Scale tool.

    Parameters
    ----------
    path : Path
    name : str
        Of the scaled model.
    mass_kg, height_m : float or None
        Of the subject; without a mass the model keeps its own.
    generic_model, marker_set, static_trc, output_model : str
        Files.
    time_range : (float, float)
        Still part of the static trial, s.
    measurements : mapping
        Name to pairs of markers, whose distances are compared, and the bodies that their mean ratio scales.
    tasks : mapping
        Weight of every marker in the static pose; the others keep out of it.
    output_model : str
        The scaled model, with its markers moved to where they were seen.
    """
    root, tool = _document("ScaleTool", name)
    _texts(tool, mass=f"{mass_kg:.3f}" if mass_kg else "-1", height=f"{1000 * height_m:.1f}" if height_m else "-1")
    _texts(ElementTree.SubElement(tool, "GenericModelMaker"), model_file=generic_model, marker_set_file=marker_set)
    scaler = ElementTree.SubElement(tool, "ModelScaler")
    _texts(scaler, apply="true", scaling_order="measurements")
    found = ElementTree.SubElement(ElementTree.SubElement(scaler, "MeasurementSet"), "objects")
    for measure, (pairs, bodies) in measurements.items():
        one = ElementTree.SubElement(found, "Measurement", name=measure)
        _texts(one, apply="true")
        of_pairs = ElementTree.SubElement(ElementTree.SubElement(one, "MarkerPairSet"), "objects")
        for pair in pairs:
            _texts(ElementTree.SubElement(of_pairs, "MarkerPair"), markers=" ".join(pair))
        of_bodies = ElementTree.SubElement(ElementTree.SubElement(one, "BodyScaleSet"), "objects")
        for body in bodies:
            _texts(ElementTree.SubElement(of_bodies, "BodyScale", name=body), axes="X Y Z")
    _texts(
        scaler,
        marker_file=static_trc,
        time_range=_range(time_range),
        preserve_mass_distribution="false",
        output_model_file=output_model,
    )
    placer = ElementTree.SubElement(tool, "MarkerPlacer")
    _texts(placer, apply="true")
    _tasks(placer, tasks)
    _texts(
        placer,
        marker_file=static_trc,
        time_range=_range(time_range),
        output_model_file=output_model,
        max_marker_movement="-1",
    )
    return _write(root, path)


def write_ik_setup(
    path: Path, *, name: str, model: str, trc: str, time_range: Interval, tasks: Mapping[str, float], output: str
) -> Path:
    """Write the set-up of the Inverse Kinematics tool.

    Parameters
    ----------
    path : Path
    name : str
    model, trc, output : str
        Scaled model, markers, and the coordinates to write.
    time_range : (float, float)
        s.
    tasks : mapping
        Weight of every marker.
    """
    root, tool = _document("InverseKinematicsTool", name)
    _texts(tool, results_directory=".", model_file=model, constraint_weight="Inf", accuracy="1e-05")
    _tasks(tool, tasks)
    _texts(tool, marker_file=trc, time_range=_range(time_range), report_errors="true", output_motion_file=output)
    return _write(root, path)


def write_id_setup(
    path: Path, *, name: str, model: str, coordinates: str, loads: str, time_range: Interval, output: str
) -> Path:
    """Write the set-up of the Inverse Dynamics tool; coordinates are not filtered again.

    Parameters
    ----------
    path : Path
    name : str
    model, coordinates, loads, output : str
        Scaled model, result of inverse kinematics, external loads, and the generalised forces to write.
    time_range : (float, float)
        s; where the force on both feet is measured.
    """
    root, tool = _document("InverseDynamicsTool", name)
    _texts(
        tool,
        results_directory=".",
        model_file=model,
        time_range=_range(time_range),
        forces_to_exclude="Muscles",
        external_loads_file=loads,
        coordinates_file=coordinates,
        lowpass_cutoff_frequency_for_coordinates="-1",
        output_gen_force_file=output,
    )
    return _write(root, path)


def _document(kind: str, name: str, objects: bool = False) -> tuple[Any, Any]:
    root = ElementTree.Element("OpenSimDocument", Version=_VERSION)
    top = ElementTree.SubElement(root, kind, name=name)
    return root, ElementTree.SubElement(top, "objects") if objects else top


def _tasks(parent: Any, weights: Mapping[str, float]) -> None:
    tasks = ElementTree.SubElement(ElementTree.SubElement(parent, "IKTaskSet"), "objects")
    for name, weight in weights.items():
        _texts(ElementTree.SubElement(tasks, "IKMarkerTask", name=name), apply="true", weight=f"{weight:g}")


def _texts(parent: Any, **texts: str) -> None:
    for tag, text in texts.items():
        ElementTree.SubElement(parent, tag).text = text


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _range(interval: Interval) -> str:
    return f"{interval[0]:.6f} {interval[1]:.6f}"


def _write(root: Any, path: Path) -> Path:
    ElementTree.indent(root)
    return write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n", path)
