"""The jobs of a workflow: read the inputs, call the stage's function, write the outputs."""

from biomech.jobs.crashes import run_stage
from biomech.jobs.messages import ending, fails, failure, logged
from biomech.jobs.session import run, run_export, run_findings
from biomech.jobs.study import (
    describe_tables,
    run_bids,
    run_comparison,
    run_figures,
    run_methods,
    run_outcomes,
    run_overview,
    run_profile_figures,
    run_profile_scores,
    run_provenance,
    run_report,
    run_statistics,
    run_statistics_report,
    run_study,
    run_variants,
    run_zarr,
)

__all__ = [
    "describe_tables",
    "ending",
    "fails",
    "failure",
    "logged",
    "run",
    "run_bids",
    "run_comparison",
    "run_export",
    "run_figures",
    "run_findings",
    "run_methods",
    "run_outcomes",
    "run_overview",
    "run_profile_figures",
    "run_profile_scores",
    "run_provenance",
    "run_report",
    "run_stage",
    "run_statistics",
    "run_statistics_report",
    "run_study",
    "run_variants",
    "run_zarr",
]
