"""Use cases `plots show` and `plots diff`: collect plots of the workspace or of revisions, and write them out for people or programs."""

import os
import posixpath
from collections.abc import Mapping

from dvc.exceptions import DvcException, GitProblem
from dvc.insight.plots import images
from dvc.insight.plots.collect import collect
from dvc.insight.plots.result import Image, Plots
from dvc.project import files
from dvc.project.project import FOLDER, Project
from dvc.project.view import View
from dvc.values import dataclass, field

WORKSPACE = "workspace"
DEFAULT_OUT = "dvc_plots"
PICTURES = (".svg", ".png")


class PageProblem(DvcException):
    """The page or picture of plots cannot be made."""

    code = "plot-page"


@dataclass(frozen=True, slots=True)
class PlotsOptions:
    """`revisions` None: the workspace alone; empty: the workspace against HEAD. `props` override what plots declare.

    `out`: the folder (or, with one of PICTURES at its end, the file) to write to; None: as configured, else DEFAULT_OUT.
    """

    targets: tuple[str, ...] = ()
    revisions: tuple[str, ...] | None = None
    props: Mapping[str, object] = field(default_factory=dict)
    out: str | None = None
    html_template: str | None = None


def plots(project: Project, options: PlotsOptions) -> Plots:
    """Raises GitProblem for an unknown revision."""
    views = _views(project, options.revisions)
    return collect(views, [project.path_of(target) for target in options.targets], options.targets, options.props)


def _views(project: Project, revisions: tuple[str, ...] | None) -> dict[str, View]:
    """By the user's names; the workspace comes first, and is there unless two revisions or more are given without it."""
    if revisions is None:
        return {WORKSPACE: project.workspace()}
    if project.git is None:
        raise GitProblem("there is no Git repository here, so there are no revisions to compare", hint="run `git init` and commit")
    asked = revisions or ("HEAD",)
    names = dict.fromkeys([WORKSPACE, *asked] if len(asked) < 2 or WORKSPACE in asked else asked)
    if not revisions and project.git.head() is None:
        names.pop("HEAD")  # nothing is committed yet
    return {name: project.workspace() if name == WORKSPACE else project.at(name) for name in names}


# --- writing


def out_folder(project: Project, out: str | None) -> str:
    """The absolute folder that pages and images go to: as asked, as configured, or `dvc_plots` here."""
    if out is not None:
        return os.path.normpath(os.path.join(project.cwd, out))
    configured = project.config.text("plots", "out_dir")
    return os.path.normpath(os.path.join(project.root if configured else project.cwd, configured or DEFAULT_OUT))


def is_picture(project: Project, out: str | None) -> bool:
    """Whether `out` names a picture file, and not a folder for the page."""
    return out is not None and out.lower().endswith(PICTURES) and not os.path.isdir(os.path.join(project.cwd, out))


def write_page(project: Project, found: Plots, options: PlotsOptions) -> str | None:
    """Write `index.html`, one file with everything in it; its absolute path. None where there is nothing to show.

    Plots that could not be drawn are something to show, for the page says why.
    """
    if not found.drawn and (found.broken or not found.plots):
        return None
    from dvc.insight.plots import web

    template = _html_template(project, options.html_template)
    try:
        text = web.page(found, template)
    except ValueError as problem:
        raise PageProblem(str(problem), hint="put {scripts} and {plot_divs} where they belong") from None
    path = os.path.join(out_folder(project, options.out), "index.html")
    _write(project, path, text.encode("utf-8", "surrogateescape"))
    return path


def write_picture(project: Project, found: Plots, options: PlotsOptions) -> str | None:
    """Write all plots into the one SVG or PNG that `options.out` names; its absolute path. None where there is nothing to show."""
    if not found.drawn:
        return None
    from dvc.insight.plots import picture

    path = os.path.normpath(os.path.join(project.cwd, options.out or ""))
    svg = picture.svg(found)
    _write(project, path, picture.png(svg) if path.lower().endswith(".png") else svg.encode("utf-8", "surrogateescape"))
    return path


def write_images(project: Project, found: Plots, out: str | None) -> dict[int, str]:
    """Write every image as a file of its own; by `id` of the Image its absolute path."""
    folder = out_folder(project, out)
    written: dict[int, str] = {}
    taken: set[str] = set()
    for image in (part for parts in found.plots.values() for part in parts if isinstance(part, Image)):
        name = images.file_name(image.revision, image.path)
        while name in taken:  # `a/b.png` and `a_b.png`
            name = f"_{name}"
        taken.add(name)
        written[id(image)] = path = os.path.join(folder, name)
        _write(project, path, image.data)
    return written


def _write(project: Project, path: str, data: bytes) -> None:
    shown = os.path.relpath(path, project.cwd)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except OSError as error:
        raise files.problem(error, os.path.dirname(shown)) from error
    files.atomic_write(path, data, shown=shown)


def _html_template(project: Project, given: str | None) -> str | None:
    """The text of the user's own page; None: ours."""
    configured = project.config.text("plots", "html_template")
    if given is None and not configured:
        return None
    path = os.path.join(project.cwd, given) if given is not None else os.path.join(project.root, FOLDER, configured)
    data = files.read(path, shown=given or posixpath.join(FOLDER, configured))
    if data is None:
        raise PageProblem(f"the page template '{given or configured}' does not exist")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PageProblem(f"the page template '{given or configured}' is not UTF-8 text") from None
