"""Anomaly detection over what blocks hold (Liu and Ai 2024, 2.3, step 5): stated rules and statistics, pure.

Facts go in by block, alerts come out; docs/alerts.md tells the rules and what they caught of injected faults.
"""
