"""Sizes for people, shared by list, du and gc."""

UNITS = "kMGTP"


def shown(size: int) -> str:
    """`88`, `19.5k`, `1.2M`: powers of 1024, one decimal."""
    if size < 1024:
        return str(size)
    value = float(size)
    for unit in UNITS:
        value /= 1024
        if round(value, 1) < 1024 or unit == UNITS[-1]:
            return f"{value:.1f}{unit}"
    return str(size)
