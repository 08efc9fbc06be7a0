"""Every test that asks for a `url` runs on both databases."""

from tests.explorer.index.conftest import database, postgresql, url

__all__ = ["database", "postgresql", "url"]
