"""Demand response as it runs: founded, watched from its alarm to its settlement, and summed up."""
