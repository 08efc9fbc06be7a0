"""The agents of capacity rights: who trades, the meters of devices, and the clerk who keeps windows going."""
