"""Mutual-TLS peers, gossip and block sync."""
