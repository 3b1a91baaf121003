"""All sessions of a study in one tidy dataset, with the tables and the dictionary that go with it."""
