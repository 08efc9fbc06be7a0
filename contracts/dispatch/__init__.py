"""Day-ahead dispatch of park microgrids with a shared storage (Liu and Ai 2024, section 3).

The optimisation runs off the chain (solver.py); the chain checks plan and certificate exactly, in integers.
"""
