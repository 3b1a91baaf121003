"""C3D files: read, checked and written; force plates as they are stored in them."""
