"""The readers of the standard contracts."""

from collections.abc import Mapping
from typing import Final

from explorer.index.readers import capacity, community, dispatch, membership, metering, pool, response
from explorer.index.readers.reader import Reader

READERS: Final[Mapping[str, Reader]] = {
    module.READER.contract: module.READER
    for module in (membership, metering, dispatch, response, community, pool, capacity)
}
