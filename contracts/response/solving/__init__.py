"""What computes in floats off the chain: power flow, dispatch by ADMM, and the cuts between them."""
