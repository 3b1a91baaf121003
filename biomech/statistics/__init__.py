"""Statistics of a study: analyses named in the config, on values and curves of participants."""
