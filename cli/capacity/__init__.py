"""Rights to storage capacity at the command line: bids, windows, the study, a market on a running network."""
