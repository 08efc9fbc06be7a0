"""Balances, transfers, escrow and debt. Money moves between named accounts and is never made on the way."""
