"""Foot contacts, inverse dynamics, joint moments and powers."""
