"""A window of capacity rights on a running network, in which some traders break their word."""
