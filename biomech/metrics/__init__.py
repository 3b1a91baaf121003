"""Scalar outcomes of each cycle, one registered function each."""
