"""DER, as far as certificates need it: tags, lengths and contents (X.690)."""

from datetime import datetime

BOOLEAN, INTEGER, BITS, OCTETS, OID = 0x01, 0x02, 0x03, 0x04, 0x06
UTF8_STRING, GENERALIZED_TIME, SEQUENCE, SET = 0x0C, 0x18, 0x30, 0x31
CONTEXT_0, CONTEXT_3 = 0xA0, 0xA3


def tlv(tag: int, *contents: bytes) -> bytes:
    """A tag, a length and a content (8.1)."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*items: bytes) -> bytes:
    return tlv(SEQUENCE, *items)


def integer(value: int) -> bytes:
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def bits(content: bytes) -> bytes:
    """Whole bytes of bits."""
    return tlv(BITS, b"\x00", content)


def oid(dotted: str) -> bytes:
    """An object identifier (8.19)."""
    first, second, *others = map(int, dotted.split("."))
    return tlv(OID, *map(_base_128, (40 * first + second, *others)))


def time(instant: datetime) -> bytes:
    return tlv(GENERALIZED_TIME, f"{instant:%Y%m%d%H%M%SZ}".encode())


def _base_128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | value & 0x7F)
    return bytes(reversed(digits))
