"""A study from a folder of C3D files: what its files show, what follows from it, and what must be asked."""
