"""Those who take part in demand response, as agents: the ENO, the participants, their meters.

Each learns from the chain's state at every block what there is to do. Between the sealing of the quotes and
their opening they talk to each other: see messages.py.
"""
