"""Images: whether bytes are what a name says, and the names and addresses that they get. Pure."""

from dvc.insight.plots.points import suffix

TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
_STARTS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


def is_image(data: bytes, path: str) -> bool:
    """Whether `data` begins as an image of the kind that `path` names does."""
    kind = TYPES[suffix(path)]
    if kind == "image/svg+xml":
        return b"<svg" in data
    return data.startswith(_STARTS[kind]) and (kind != "image/webp" or data[8:12] == b"WEBP")


def file_name(revision: str, path: str) -> str:
    """The name under which an image is written out, as DVC has it."""
    return f"{revision}_{path}".replace("/", "_").replace("\\", "_")


def address(data: bytes, path: str) -> str:
    """The image as a `data:` address, so that a page needs no other file."""
    from base64 import b64encode

    return f"data:{TYPES[suffix(path)]};base64,{b64encode(data).decode()}"
