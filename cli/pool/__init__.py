"""The pool of four carriers at the command line: intervals, the study, and a market on a running network."""
