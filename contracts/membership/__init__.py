"""Who takes part: identities, keys, roles, the committee, and which role may do what."""
