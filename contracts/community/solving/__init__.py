"""The market for many homes at once, and a home's energy management: off the chain, without I/O."""
