"""Rotations, mirroring and least-squares rigid poses; no anatomy."""
