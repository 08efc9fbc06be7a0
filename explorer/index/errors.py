"""What can be wrong with an index; each says what to do about it."""

REBUILD = "build it again with `gridquorum index rebuild`"


class IndexFault(Exception):
    """Base of the errors about an index."""


class IndexUnusable(IndexFault):
    """The database cannot be reached, read or written."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"the index {url} cannot be used: {reason}")
        self.url = url
        self.reason = reason


class OtherChainIndexed(IndexFault):
    """The index is of another chain."""

    def __init__(self, url: str, found: str, expected: str) -> None:
        super().__init__(
            f"the index {url} is of chain {found}, not {expected}: name another one, or {REBUILD}"
        )
        self.url = url
        self.found = found
        self.expected = expected


class IndexNewer(IndexFault):
    """A later version of this software wrote the index."""

    def __init__(self, url: str, found: int, known: int) -> None:
        super().__init__(
            f"the index {url} has format {found}, newer than {known}: update this software, or {REBUILD}"
        )
        self.url = url
        self.found = found
        self.known = known


class IndexOlder(IndexFault):
    """An earlier version of this software wrote the index."""

    def __init__(self, url: str, found: int, known: int) -> None:
        super().__init__(f"the index {url} has format {found}, older than {known}: {REBUILD}")
        self.url = url
        self.found = found
        self.known = known


class IndexApart(IndexFault):
    """The chain's next block does not follow what was indexed last."""

    def __init__(self, url: str, height: int, reason: str) -> None:
        super().__init__(f"the index {url} cannot go on from height {height}: {reason}; {REBUILD}")
        self.url = url
        self.height = height
        self.reason = reason


class QueryTooLong(IndexFault):
    """A question was given up, since it took longer than any view may."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"the answer was not there within {limit_s:g} s: ask for less")
        self.limit_s = limit_s
