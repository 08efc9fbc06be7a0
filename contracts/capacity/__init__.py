"""Rights to storage capacity: sealed bids, one uniform price, tokens, metered fulfilment and payment."""
