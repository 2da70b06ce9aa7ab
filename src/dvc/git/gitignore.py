"""`.gitignore` entries for outputs, as text to text (docs/formats/gitignore.md). Knows nothing of git or of files."""

from collections.abc import Iterable

# A line break cannot be escaped: `?`, any one character, stands for it.
_SPECIAL = str.maketrans({**{c: f"\\{c}" for c in "#![]*?\\"}, "\n": "?", "\r": "?"})


def entry(name: str) -> str:
    """The line for an output called `name`, in the `.gitignore` of its own folder."""
    # Only a leading `#` or `!` means something to git, and escaping them elsewhere means nothing: DVC escapes everywhere.
    # Trailing blanks it leaves as they are, though git drops them: a mixed team shall not see entries come and go.
    return "/" + name.translate(_SPECIAL)


def append(text: str, *names: str) -> str:
    """`text` with the entries that it lacks at its end; unchanged where it has them all."""
    had = _lines(text)
    new = [line for line in dict.fromkeys(map(entry, names)) if line not in had]
    if new and text and not text.endswith("\n"):
        text += "\n"
    return text + "".join(f"{line}\n" for line in new)


def lacking(text: str, names: Iterable[str]) -> list[str]:
    """Those of `names` that have no entry."""
    had = _lines(text)
    return [name for name in names if entry(name) not in had]


def remove(text: str, *names: str) -> str | None:
    """`text` without the lines that are the entries; None when nothing but blank is left: the file goes.

    As DVC, looks for the plain name: the entry of a name with characters that need escaping stays.
    """
    gone = {f"/{name}" for name in names}
    left = "\n".join(line for line in text.split("\n") if gone.isdisjoint(_spellings(line)))
    return left if left.strip() else None


def _lines(text: str) -> set[str]:
    return {spelling for line in text.split("\n") for spelling in _spellings(line)}


def _spellings(line: str) -> tuple[str, str]:
    """What a line may have been written as: without what an editor of another system, or a careless one, adds."""
    return line.rstrip("\r"), line.strip()
