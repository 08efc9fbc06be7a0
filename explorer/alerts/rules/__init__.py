"""The rules: each a pure function from one period's facts, and what it remembers, to verdicts."""
