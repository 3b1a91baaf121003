"""Findings: what one session of one participant shows, each sentence with its number, interval, norm and source."""

from biomech.findings.finding import Finding

__all__ = ["Finding"]
