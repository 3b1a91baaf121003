"""Marker-based motion capture, from C3D files to tidy joint angles and moments."""

__version__ = "0.1.0"
