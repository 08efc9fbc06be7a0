"""The explorer: an index of the chain, the HTTP API over it, alerts, and the pages that show it all.

It reads and never decides; a node serves it beside its chain, and the command line serves it from an archive.
"""
