"""The committee's QBFT state machine, slots, proposer choice and vote log format. Pure."""
