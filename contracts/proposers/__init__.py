"""Whose turn it is to propose, by the energy that the committee's members metered (proof of energy)."""
