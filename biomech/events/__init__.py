"""Events, repetitions and time normalisation."""
