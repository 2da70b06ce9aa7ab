"""How files spell object ids: hex digits, with `.dir` behind those of a directory. The one place that knows the suffix.

Implements docs/formats/dotdvc.md.
"""

from dvc.model.hashes import Algorithm, ObjectId, Oid, TreeId

SUFFIX = ".dir"


def parse(text: str, algorithm: Algorithm) -> ObjectId:
    """The id that `text` spells; letters in either case."""
    lower = text.lower()
    if lower.endswith(SUFFIX):
        return TreeId(algorithm, lower[: -len(SUFFIX)])
    return Oid(algorithm, lower)


def spell(oid: ObjectId) -> str:
    """The text of `oid` in files, and the name of its object."""
    return oid.hex + SUFFIX if isinstance(oid, TreeId) else oid.hex
