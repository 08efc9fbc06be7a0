"""What the agents of several markets share."""
