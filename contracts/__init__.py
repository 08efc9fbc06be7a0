"""The contract runtime, the TDVA process shared by all contracts, and one folder a contract."""
