"""What is checked of a study before a run: config, sheets, marker sets and every recording."""
