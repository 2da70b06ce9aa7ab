"""How two paths lie to each other. Both are POSIX paths relative to the same folder, normalized, without a slash at the end."""


def is_within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies inside of it."""
    return path == folder or path.startswith(folder + "/")


def meet(one: str, other: str) -> bool:
    """Whether the paths are the same, or one lies inside the other."""
    return is_within(one, other) or is_within(other, one)
