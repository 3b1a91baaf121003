"""Results as files of other programs: C3D with model outputs, OpenSim, tables in the manner of BIDS."""
