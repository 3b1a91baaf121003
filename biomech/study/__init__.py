"""The study-wide tidy dataset, its metrics table and data dictionary."""
