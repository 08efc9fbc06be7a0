"""What computes in floats off the chain: what a battery's use costs, and the ask that follows."""
