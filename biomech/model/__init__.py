"""Marker sets, anatomical frames, joint centres and inertia of one subject."""
