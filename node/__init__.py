"""A running node: configuration, mempool, service, HTTP API and the host of the agents."""
