"""Rows under headings: for people, and as Markdown. Columns are two wider than their heading, as the reference's are."""

from collections.abc import Sequence

ABSENT = "-"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool = False) -> str:
    """The lines; plain ones carry no trailing blanks."""
    widths = [max(len(heading) + 2, *(len(row[at]) for row in rows)) if rows else len(heading) + 2 for at, heading in enumerate(headings)]
    lines = [headings, *rows]
    if not markdown:
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
    text = ["| " + " | ".join(_cell(cell).ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def number(value: object, precision: int | None) -> str:
    """A value as a cell: numbers rounded to so many places, None as a dash."""
    if value is None:
        return ABSENT
    if isinstance(value, float) and precision is not None:
        return str(round(value, precision))
    return str(value)
