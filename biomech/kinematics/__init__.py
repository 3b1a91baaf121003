"""Segment poses and joint angles of each trial."""
