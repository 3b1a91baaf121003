"""What the lab recorded and what we write: the only package that touches files."""
