"""Hashes, keys, addresses, certificates, encryption, commitments and secret sharing. Pure."""
