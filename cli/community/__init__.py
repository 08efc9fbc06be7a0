"""Trading among neighbours at the command line: the study, and a community on a running network."""
