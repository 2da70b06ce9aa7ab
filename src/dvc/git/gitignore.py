"""`.gitignore` entries for outputs, as text to text (docs/formats/gitignore.md). Knows nothing of git or of files."""

# A line break cannot be escaped: `?`, any one character, stands for it.
_SPECIAL = str.maketrans({**{c: f"\\{c}" for c in "#![]*?\\"}, "\n": "?", "\r": "?"})


def entry(name: str) -> str:
    """The line for an output called `name`, in the `.gitignore` of its own folder."""
    # Only a leading `#` or `!` means something to git, and escaping them elsewhere means nothing: DVC escapes everywhere.
    # Trailing blanks it leaves as they are, though git drops them: a mixed team shall not see entries come and go.
    return "/" + name.translate(_SPECIAL)


def append(text: str, name: str) -> str:
    """`text` with the entry at its end; unchanged where it has it."""
    line = entry(name)
    if has(text, name):
        return text
    if text and not text.endswith("\n"):
        text += "\n"
    return f"{text}{line}\n"


def has(text: str, name: str) -> bool:
    line = entry(name)
    return any(_is(have, line) for have in text.split("\n"))


def remove(text: str, name: str) -> str | None:
    """`text` without the lines that are the entry; None when nothing but blank is left: the file goes.

    As DVC, looks for the plain name: the entry of a name with characters that need escaping stays.
    """
    line = "/" + name
    left = "\n".join(have for have in text.split("\n") if not _is(have, line))
    return left if left.strip() else None


def _is(have: str, line: str) -> bool:
    return have.rstrip("\r") == line or have.strip() == line
