"""Meters and their readings: once a period, corrected only openly, and missing where missing."""
