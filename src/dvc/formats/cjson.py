"""CJSON, the text that is hashed when a structured value needs a name; EX, what is left out of it.

Implements docs/formats/runcache.md. Other tools compute the same hashes, so the bytes are part of the format.
"""

import json
from collections.abc import Collection, Mapping


def text(value: object) -> str:
    """Sorted keys, `", "` and `": "` between, ASCII only, numbers as Python prints them."""
    return json.dumps(value, sort_keys=True)


def without(value: object, keys: Collection[str]) -> object:
    """`value` with every entry whose key is in `keys` left out, at every depth."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {key: without(item, keys) for key, item in value.items() if key not in keys}
    if isinstance(value, (list, tuple)):
        return [without(item, keys) for item in value]
    return value
