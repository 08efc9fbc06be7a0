"""Forecasts dealt in secret to the committee, of which only the agreed sum, or the agreed curves, are opened.

Shamir's scheme over vectors with Pedersen commitments (Liu and Ai 2024, section 4; Pedersen 1991).
"""
