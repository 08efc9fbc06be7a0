"""Demand response on a distribution network: quotes, dispatch by marginal prices, a safety check, bills."""
