"""Text files of OpenSim: marker trajectories (.trc), storage (.mot) and external loads (.xml).

Layouts: OpenSim documentation, "Marker (.trc) Files", "Motion (.mot) Files" and "External Loads". OpenSim's ground has
X forward, Y up and Z right, as this software's lab axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import ArrayLike

from biomech.io.csv_parquet import write_bytes


def write_trc(path: Path, names: Sequence[str], position_m: ArrayLike, rate_hz: float) -> Path:
    """Write marker trajectories.

    Parameters
    ----------
    path : Path
    names : sequence of str
        Of the markers; white space becomes ``_``.
    position_m : array_like, shape (n, markers, 3)
        m, lab axes; missing samples stay empty.
    rate_hz : float
    """
    values = np.asarray(position_m, dtype=float)
    n, markers = values.shape[:2]
    clean = [_word(name) for name in names]
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate_hz:g}\t{rate_hz:g}\t{n}\t{markers}\tm\t{rate_hz:g}\t1\t{n}",
        "Frame#\tTime\t" + "\t\t\t".join(clean) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{i}" for i in range(1, markers + 1) for axis in "XYZ"),
        "",
    ]
    rows = [
        "\t".join([str(i + 1), f"{i / rate_hz:.6f}", *(f"{v:.6f}" if np.isfinite(v) else "" for v in frame)])
        for i, frame in enumerate(values.reshape(n, -1))
    ]
    return write_bytes(("\n".join([*head, *rows]) + "\n").encode(), path)


def write_mot(
    path: Path, name: str, columns: Sequence[str], values: ArrayLike, rate_hz: float, *, degrees: bool
) -> Path:
    """Write a storage file, time first.

    Parameters
    ----------
    path : Path
    name : str
        First line of the file.
    columns : sequence of str
    values : array_like, shape (n, columns)
        ``nan`` where missing.
    rate_hz : float
    degrees : bool
        Whether rotations are in degrees.
    """
    table = np.asarray(values, dtype=float)
    head = [
        _word(name),
        "version=1",
        f"nRows={len(table)}",
        f"nColumns={table.shape[1] + 1}",
        f"inDegrees={'yes' if degrees else 'no'}",
        "endheader",
        "\t".join(["time", *columns]),
    ]
    rows = [
        "\t".join([f"{i / rate_hz:.6f}", *(f"{v:.6f}" if np.isfinite(v) else "nan" for v in row)])
        for i, row in enumerate(table)
    ]
    return write_bytes(("\n".join([*head, *rows]) + "\n").encode(), path)


def write_external_loads(path: Path, data_file: str, loads: Sequence[tuple[str, str, str]]) -> Path:
    """Write which columns of a .mot act on which body.

    Parameters
    ----------
    path : Path
    data_file : str
        Name of the .mot next to it.
    loads : sequence of (str, str, str)
        Name, body and prefix of the columns: force ``<prefix>v``, point ``<prefix>p``, free moment ``<prefix>m``.
    """
    root = ElementTree.Element("OpenSimDocument", Version="40000")
    top = ElementTree.SubElement(root, "ExternalLoads", name="externalloads")
    objects = ElementTree.SubElement(top, "objects")
    for name, body, prefix in loads:
        force = ElementTree.SubElement(objects, "ExternalForce", name=name)
        for tag, text in (
            ("applied_to_body", body),
            ("force_expressed_in_body", "ground"),
            ("point_expressed_in_body", "ground"),
            ("force_identifier", f"{prefix}v"),
            ("point_identifier", f"{prefix}p"),
            ("torque_identifier", f"{prefix}m"),
        ):
            ElementTree.SubElement(force, tag).text = text
    ElementTree.SubElement(top, "datafile").text = data_file
    ElementTree.indent(root)
    return write_bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n", path)


def _word(text: str) -> str:
    return "_".join(str(text).split()) or "_"
