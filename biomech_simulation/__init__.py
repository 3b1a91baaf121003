"""A synthetic participant with known truth, written as C3D."""
