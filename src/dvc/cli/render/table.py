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


def styled(headings: Sequence[str], rows: Sequence[Sequence[str]], verdicts: Sequence[bool | None] = ()) -> str:
    """The table for a terminal: headings bold, what is absent faint, columns of numbers aligned at the right.

    `verdicts`: by row, whether its last cell is for the better: in colour, and in a word for who sees none.
    """
    columns = [[row[at] for row in rows] for at in range(len(headings))]
    widths = [max(map(len, [heading, *cells])) for heading, cells in zip(headings, columns, strict=True)]
    right = [any(map(_is_number, cells)) and all(cell == ABSENT or _is_number(cell) for cell in cells) for cells in columns]
    judged: Sequence[bool | None] = verdicts or [None] * len(rows)
    lines = []
    for style, row, verdict in [("1", headings, None), *(("", *one) for one in zip(rows, judged, strict=True))]:
        cells = [cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in zip(row, widths, right, strict=True)]
        shown = [_ansi(cell, "2" if cell.strip() == ABSENT else style) for cell in cells]
        if verdict is not None:
            word, colour = ("better", "32") if verdict else ("worse", "31")
            shown[-1:] = [_ansi(cells[-1], colour), _ansi(word, colour)]
        lines.append("  ".join(shown).rstrip())
    return "\n".join(lines)


def _ansi(text: str, style: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style else text


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def number(value: object, precision: int | None) -> str:
    """A value as a cell: numbers rounded to so many places, None as a dash."""
    if value is None:
        return ABSENT
    if isinstance(value, float) and precision is not None:
        return str(round(value, precision))
    return str(value)
