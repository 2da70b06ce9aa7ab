"""What a plot is drawn with: the built-in Vega-Lite templates, and those that users keep in `.dvc/plots`.

Implements docs/formats/plots.md. The built-in ones are the JSON files in `templates/`.
"""

import json
from collections.abc import Callable

from dvc.exceptions import DvcException
from dvc.insight.plots import shipped
from dvc.insight.plots.anchors import DATA, holds

DEFAULT = "linear"
NAMES = (
    "simple",
    "linear",
    "confusion",
    "confusion_normalized",
    "scatter",
    "scatter_jitter",
    "smooth",
    "bar_horizontal_sorted",
    "bar_horizontal",
)
FOLDER = ".dvc/plots"

Read = Callable[[str], bytes | None]
"""A file's bytes by its path relative to where the user stands or, below `.dvc`, to the project; None: no such file."""


class TemplateProblem(DvcException):
    """A template is missing, or cannot be used."""

    code = "plot-template"


def builtin(name: str) -> str:
    """The text of a built-in template. Raises TemplateProblem."""
    if name not in NAMES:
        raise TemplateProblem(f"there is no built-in template '{name}'", hint=f"there are {', '.join(NAMES)}")
    return shipped.text(f"templates/{name}.json")


def load(name: str, read: Read) -> object:
    """The template that a user means by `name`: one of `.dvc/plots` (with or without `.json`), a path, else a built-in one.

    Raises TemplateProblem where there is none, where it is no JSON, and where it has no place for data.
    """
    for path in (f"{FOLDER}/{name}", f"{FOLDER}/{name}.json"):
        data = None if name.startswith("/") or ".." in name.split("/") else read(path)
        if data is not None:
            return _parsed(path, data)
    data = read(name)
    if data is not None:
        return _parsed(name, data)
    if name in NAMES:
        return _parsed(name, builtin(name).encode())
    raise TemplateProblem(f"there is no template '{name}'", hint=f"make '{FOLDER}/{name}.json', or use one of {', '.join(NAMES)}")


def _parsed(name: str, data: bytes) -> object:
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise TemplateProblem(f"the template '{name}' is not valid JSON: {error}") from None
    if not holds(value, DATA):
        raise TemplateProblem(f"the template '{name}' has no place for data", hint=f'write "{DATA}" where the data goes')
    return value
