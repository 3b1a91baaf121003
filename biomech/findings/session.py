"""All findings of one session: every topic is one function from the inputs to findings."""

from __future__ import annotations

from collections.abc import Callable

from biomech.findings.cause import cause
from biomech.findings.conditions import conditions, fatigue
from biomech.findings.finding import Finding
from biomech.findings.gluteal import gluteal
from biomech.findings.inputs import FindingInputs
from biomech.findings.muscles import muscles
from biomech.findings.sequence import sequence
from biomech.findings.size import size

# a new topic is a module with such a function, and a line here; what the page shows of it: `biomech.findings.answers` and `evidence`
TOPIC_FUNCTIONS: tuple[Callable[[FindingInputs], list[Finding]], ...] = (
    size,
    sequence,
    cause,
    gluteal,
    muscles,
    fatigue,
    conditions,
)


def findings_session(inputs: FindingInputs) -> list[Finding]:
    """Return the findings of all topics, in the order of the page.

    A topic that fails leaves the others alone: the quality table names it.

    Parameters
    ----------
    inputs : FindingInputs
    """
    out: list[Finding] = []
    for topic in TOPIC_FUNCTIONS:
        try:
            out += topic(inputs)
        except (MemoryError, OSError, ImportError):
            raise  # the machine or the installation, not the data
        except Exception as error:
            import traceback

            traceback.print_exc()
            inputs.quality.add(
                "error",
                "internal_error",
                f"findings about {topic.__name__}: {type(error).__name__}: {error}",
                item=topic.__name__,
                action="this is a fault of the software, met on these data: please report it with the log of this job",
            )
    return out
