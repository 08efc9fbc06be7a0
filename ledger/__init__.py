"""Transactions, TDVA links, Merkle trees, blocks, authenticated state, proofs and the store."""
