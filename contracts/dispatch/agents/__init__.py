"""Those who take part in a dispatch market, as agents: parks, the storage's controller, meters, the grid.

Each learns what to do from the chain's state at every block. The dispatcher, which solves, is
contracts/dispatch/agent.py.
"""
