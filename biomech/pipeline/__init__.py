"""From a study folder to its results: stages, dependencies of each job, checks before a run, and the jobs themselves.

To read in this order: `stages` (the one table of stages), `preflight` (checks before a run), `narrowing` (what a job's
result depends on), `targets` (files that a run makes), `run` (one stage of one session), `session_jobs` and `study_jobs`
(all other jobs), `messages` and `leftovers` (what a person reads and removes). A workflow engine calls these; the package
knows none.
"""
