"""What is suspicious about a text, or wrong with a JSON document in one; pure.

Whether jsonb takes a document was measured: it takes all that orjson takes, but the escaped NUL.
"""

import orjson

# A three-byte column, or a connection that spoke `utf8`, put four of these for an emoji.
_LOST = ("????", "\ufffd")
_ESCAPED_NUL = b"\\u0000"


def _bytes_of_characters() -> dict[str, int]:
    """Both readings of latin1: ISO 8859-1, and Windows-1252, which is what MySQL means by it."""
    table = {chr(byte): byte for byte in range(256)}
    for byte in range(0x80, 0xA0):
        # Five bytes stand for no character in Windows-1252.
        table |= dict.fromkeys(bytes((byte,)).decode("cp1252", "ignore"), byte)
    return table


_BYTE_OF = _bytes_of_characters()


def is_mojibake(text: str) -> bool:
    """Say whether a text looks like UTF-8 that was read as latin1, such as `JosÃ©` for `José`.

    It does if its characters are bytes of latin1 and those bytes are UTF-8: a suspicion, no proof.
    """
    if text.isascii():
        return False
    try:
        bytes([_BYTE_OF[character] for character in text]).decode()
    except (KeyError, UnicodeDecodeError):
        return False
    return True


def has_lost_characters(text: str) -> bool:
    """Say whether a text holds what is left of characters that a column could not hold."""
    return any(mark in text for mark in _LOST)


def is_json(value: bytes) -> bool:
    """Say whether a text is a document that jsonb takes; the empty text stands for none."""
    if not value:
        return True
    if _ESCAPED_NUL in value:
        return False
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError:
        return False
    return True
