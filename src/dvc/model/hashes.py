"""Names of contents. Owns the difference between a file's id and a directory's; `.dir` is spelled by codecs alone."""

from dvc.values import dataclass

MD5 = "md5"
MD5_DOS2UNIX = "md5-dos2unix"  # DVC before 3.0: CRLF counts as LF in text (docs/formats/objects.md)
Algorithm = str


@dataclass(frozen=True, slots=True, order=True)
class Oid:
    """Names the bytes of one file: lower-case hex under an algorithm."""

    algorithm: Algorithm
    hex: str


@dataclass(frozen=True, slots=True, order=True)
class TreeId:
    """Names a directory: the hash of its `.dir` object. Never equal to an Oid."""

    algorithm: Algorithm
    hex: str


ObjectId = Oid | TreeId
