"""Figures and pages made from the study's results."""
