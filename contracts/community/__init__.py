"""Homes that trade with their neighbours, round by round, and with the grid what is left."""
