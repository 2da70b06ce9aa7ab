"""Artifacts: names that `dvc.yaml` gives to files, and the git tags that register their versions and assign their stages.

Implements docs/formats/artifacts.md. Tags count when they are annotated, for events are ordered by their dates. Pure over a
list of tags and a view.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dvc.exceptions import TargetNotFound
from dvc.values import dataclass

if TYPE_CHECKING:
    from dvc.git.port import Tag
    from dvc.project.view import View

_NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9\-/_]*[a-zA-Z0-9])?"
_TAG = re.compile(
    rf"(?:(?P<folder>[^=@#]+)=)?(?P<name>{_NAME})"
    r"(?:@v(?P<version>\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)|#(?P<stage>[a-zA-Z0-9][a-zA-Z0-9\-_/]*?))"
    r"(?P<cancelled>!)?(?:#(?P<count>\d+))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Address:
    """`NAME`, `FOLDER:NAME` or `FOLDER/dvc.yaml:NAME`, as a user gives it."""

    folder: str
    name: str

    @property
    def file(self) -> str:
        return posixpath.join(self.folder, "dvc.yaml")

    def __str__(self) -> str:
        return f"{self.folder}:{self.name}" if self.folder else self.name


def parse_address(text: str) -> Address:
    """Raises TargetNotFound for what can be no name."""
    place, _, name = text.rpartition(":")
    folder = place[: -len("dvc.yaml")].rstrip("/") if posixpath.basename(place) == "dvc.yaml" else place.rstrip("/")
    if not re.fullmatch(_NAME, name, re.ASCII):
        raise TargetNotFound(
            f"'{text}' is no name of an artifact",
            hint="names have letters, digits, `-`, `_` and `/`; FOLDER:NAME names one of another folder",
        )
    return Address("" if folder == "." else folder, name)


@dataclass(frozen=True, slots=True)
class _Event:
    commit: str
    cancelled: bool
    version: str | None
    stage: str | None
    order: tuple[int, int]


def commit_of(address: Address, tags: Iterable["Tag"], *, version: str | None, stage: str | None) -> str:
    """The commit of a version (`v1.0.0`), of what a stage points at, or of the greatest version. Raises TargetNotFound."""
    events = _events(address, tags)
    if stage is not None:
        found = _assigned(events, stage)
        what = f"is in no stage '{stage}'"
    else:
        found = _registered(events, version)
        what = "has no registered version" if version is None else f"has no version '{version}'"
    if found is None:
        raise TargetNotFound(
            f"artifact '{address}' {what}", hint=f"an annotated git tag such as `{_tag(address)}@v1.0.0` registers a version"
        )
    return found


def _tag(address: Address) -> str:
    return f"{address.folder}={address.name}" if address.folder else address.name


def _events(address: Address, tags: Iterable["Tag"]) -> Sequence[_Event]:
    """The events of one artifact, oldest first."""
    found = []
    for tag in tags:
        match = _TAG.fullmatch(tag.name)
        if match is None or not tag.annotated or (match["folder"] or "", match["name"]) != (address.folder, address.name):
            continue
        order = (tag.date, int(match["count"] or 0))
        found.append(_Event(tag.commit, match["cancelled"] is not None, match["version"], match["stage"], order))
    return sorted(found, key=lambda event: event.order)


def _assigned(events: Sequence[_Event], stage: str) -> str | None:
    """The commit that a stage was assigned to last, and not taken from since."""
    commits: list[str] = []
    for event in events:
        if event.stage != stage:
            continue
        if event.commit in commits:
            commits.remove(event.commit)
        if not event.cancelled:
            commits.append(event.commit)
    return commits[-1] if commits else None


def _registered(events: Sequence[_Event], version: str | None) -> str | None:
    alive: dict[str, str] = {}
    for event in events:
        if event.version is not None and event.cancelled:
            alive.pop(event.version, None)
        elif event.version is not None:
            alive[event.version] = event.commit
    if version is not None:
        return alive.get(version.removeprefix("v")) if version.startswith("v") else None
    return alive[max(alive, key=precedence)] if alive else None


def precedence(version: str) -> tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]:
    """A semantic version as a value that sorts as these do: a pre-release comes before its release."""
    core, _, rest = version.partition("+")[0].partition("-")
    parts = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in rest.split(".")) if rest else ()
    return tuple(int(number) for number in core.split(".")), not rest, parts


def path_of(address: Address, view: "View") -> str:
    """The file or folder that the artifact is, relative to the project's root. Raises TargetNotFound."""
    entry = _entries(address.file, view).get(address.name) if view.kind(address.file) == "file" else None
    if not isinstance(entry, Mapping):
        raise TargetNotFound(f"'{address.file}' has no artifact '{address.name}'", hint="see its `artifacts` section")
    return posixpath.normpath(posixpath.join(address.folder, str(entry["path"])))


def _entries(file: str, view: "View") -> Mapping[str, object]:
    """The `artifacts` section with its templates put in."""
    section = view.declared(file, "artifacts")
    return section if isinstance(section, Mapping) else {}
