"""Periods and days as people name them."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_MAX: Final = int((datetime.max.replace(tzinfo=UTC) - EPOCH).total_seconds())


@lru_cache(maxsize=256)
def moment_name(period: int, period_s: int) -> str:
    """When a period begins, UTC; far beyond any calendar, its number."""
    seconds = period * period_s
    if not 0 <= seconds <= SECONDS_MAX:
        return str(period)
    return (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M")


@lru_cache(maxsize=64)
def day_name(day: int) -> str:
    """A UTC day since 1970; far beyond any calendar, its number."""
    ordinal = EPOCH.toordinal() + day
    return date.fromordinal(ordinal).isoformat() if 0 < ordinal <= date.max.toordinal() else str(day)
