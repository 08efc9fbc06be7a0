"""The keys under which the chain keeps what records.py describes, and the names of its escrows."""

DEVICES_KEY = "devices"
"""How many devices are certified; they are numbered from 0."""

WINDOWS_KEY = "windows"
"""How many windows were opened; they are numbered from 0."""

ACTIVE_KEY = "active"
"""The windows that are not over, oldest first."""


def device_key(number: int) -> str:
    return f"device/{number}"


def meter_key(meter: str) -> str:
    """Where the number of the device stands that a meter measures."""
    return f"meter/{meter}"


def offered_key(device: int) -> str:
    """Where the windows stand that are under way and in which a device is offered."""
    return f"offered/{device}"


def window_key(window: int) -> str:
    return f"window/{window}"


def span_key(first_period: int, periods: int) -> str:
    """Where the number of the window stands that is of these periods."""
    return f"span/{first_period}/{periods}"


def seat_key(window: int, address: str) -> str:
    """Where the number of somebody's bid stands."""
    return f"seat/{window}/{address}"


def sealed_key(window: int, bid: int) -> str:
    return f"sealed/{window}/{bid}"


def opened_key(window: int, bid: int) -> str:
    return f"opened/{window}/{bid}"


def clearing_key(window: int) -> str:
    return f"clearing/{window}"


def trade_key(window: int, bid: int) -> str:
    return f"trade/{window}/{bid}"


def right_key(window: int, right: int) -> str:
    return f"right/{window}/{right}"


def offer_key(window: int, right: int) -> str:
    return f"offer/{window}/{right}"


def profile_key(window: int, right: int) -> str:
    """Where the energies stand that a holder nominated, by period of the window."""
    return f"profile/{window}/{right}"


def final_key(window: int, right: int) -> str:
    return f"final/{window}/{right}"


def sale_key(window: int, device: int) -> str:
    """Where the bid stands by which a device was offered."""
    return f"sale/{window}/{device}"


def reliability_key(address: str) -> str:
    """Where (owed_wh, kept_wh) stand of all that somebody traded and that is over."""
    return f"reliability/{address}"


def bond_escrow(window: int, bid: int) -> str:
    return f"capacity/{window}/bond/{bid}"


def seller_escrow(window: int, right: int) -> str:
    return f"capacity/{window}/{right}/seller"


def buyer_escrow(window: int, right: int) -> str:
    return f"capacity/{window}/{right}/buyer"


def price_escrow(window: int, right: int) -> str:
    return f"capacity/{window}/{right}/price"
