"""The agents of the community market: homes, their meters, and the clerk who keeps rounds going."""
