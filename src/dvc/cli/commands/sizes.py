"""Sizes for people, shared by list, du and gc."""

UNITS = "kMGTP"


def shown(size: int) -> str:
    """`88`, `1.21M`, `19.5k`, `120k`: powers of 1024, three digits."""
    if size < 1024:
        return str(size)
    value = float(size)
    for unit in UNITS:
        value /= 1024
        if value < 999.5 or unit == UNITS[-1]:
            break
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}{unit}"
