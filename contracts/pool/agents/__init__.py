"""The agents of the pool market: the platform, bidders, and their meters."""
