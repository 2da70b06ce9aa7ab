"""The adaptor that answers `port.Git` with the `git` executable, so that the user's settings and credentials apply.

Looking for a work tree and asking for its branch reads files alone. Everything else runs git, never through a shell, with
`-z` and literal path specs: a path is a path whatever is in its name.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dvc.exceptions import GitProblem

if TYPE_CHECKING:
    from dvc.git.objects import ObjectReader
    from dvc.git.port import Git, Tag, TreeEntry

# What `git rev-parse --local-env-vars` lists. A hook of one repository has them set; asking another repository, or the
# same one from another folder, with them would answer for the wrong place.
_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
)
_ARGUMENTS = 400  # paths for one command line: some systems take 128 KiB of arguments and no more


def find(folder: str, environ: Mapping[str, str] | None = None) -> "Git | None":
    """The git work tree that holds `folder`. Runs nothing."""
    at = os.path.realpath(folder)
    while True:
        git_dir = _git_dir(at)
        if git_dir is not None:
            return ProcessGit(at, git_dir, os.environ if environ is None else environ)
        above = os.path.dirname(at)
        if above == at:
            return None
        at = above


def bare(folder: str, environ: Mapping[str, str] | None = None) -> "Git":
    """The bare repository `folder`, to read from: it has no work tree."""
    return ProcessGit(folder, folder, os.environ if environ is None else environ)


# Files up to this size come along when a repository is cloned to be read; larger ones when they are asked for. What this
# program reads of other repositories are mostly small files of metadata, and one request for each would be slow.
_COMES_ALONG = "blob:limit=256k"


def clone_bare(url: str, to: str, environ: Mapping[str, str] | None = None) -> None:
    """Clone `url` (a URL or an absolute path) into the new bare repository `to`, with all branches and tags."""
    environ = os.environ if environ is None else environ
    # Git tidies up as part of a command of its own, not in a process that outlives ours.
    settings = ["-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false"]
    _run(os.path.dirname(to), _clean(environ), ["clone", "--quiet", "--bare", "--filter=" + _COMES_ALONG, *settings, "--", url, to])
    fetch_bare(to, environ)


def fetch_bare(folder: str, environ: Mapping[str, str] | None = None, *wanted: str) -> None:
    """Bring a bare clone up to date: branches, tags and which commit is the default one (`refs/cairn/HEAD`).

    `wanted`: only these refspecs.
    """
    environ = _clean(os.environ if environ is None else environ)
    command = ["fetch", "--quiet", "--no-write-fetch-head", "origin"]
    if wanted:
        _run(folder, environ, [*command, *wanted])
        return
    command.insert(-1, "--prune")
    everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
    try:
        _run(folder, environ, [*command, "+HEAD:refs/cairn/HEAD", *everything])
    except GitProblem:
        # A repository without a first commit has no HEAD to give.
        _run(folder, environ, [*command, *everything])


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Without what makes git look elsewhere; a password that it cannot ask for is an error, not a wait."""
    found = {name: value for name, value in environ.items() if name not in _LOCAL}
    found.setdefault("GIT_TERMINAL_PROMPT", "1" if os.isatty(2) else "0")
    return found


def _git_dir(folder: str) -> str | None:
    """The repository of a work tree with its top at `folder`. A `.git` file (worktree, submodule) names it."""
    dot_git = os.path.join(folder, ".git")
    try:
        with open(dot_git, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read(8192)
    except IsADirectoryError:
        # An empty folder of that name is no repository, for git neither.
        return dot_git if os.path.exists(os.path.join(dot_git, "HEAD")) else None
    except OSError:
        return dot_git if os.path.isdir(dot_git) and os.path.exists(os.path.join(dot_git, "HEAD")) else None
    if not text.startswith("gitdir: "):
        return None
    return os.path.normpath(os.path.join(folder, text.removeprefix("gitdir: ").rstrip("\r\n")))


def _run(
    cwd: str,
    environ: Mapping[str, str],
    arguments: Sequence[str],
    data: bytes | None = None,
    *,
    ok: tuple[int, ...] = (0,),
    literal: bool = True,
) -> bytes:
    import subprocess

    try:
        done = subprocess.run(
            ["git", *(["--literal-pathspecs"] if literal else []), *arguments],
            cwd=cwd,
            env=dict(environ),
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise GitProblem(f"git cannot be run: {error.strerror}", hint="install git, and see that it is on PATH") from error
    if done.returncode not in ok:
        said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        raise GitProblem(f"`git {arguments[0]}` failed in '{cwd}': {said}")
    return done.stdout


class ProcessGit:
    """See `port.Git`."""

    def __init__(self, root: str, git_dir: str, environ: Mapping[str, str]) -> None:
        self.root = root
        self.git_dir = git_dir
        self._environ = {k: v for k, v in environ.items() if k not in _LOCAL}
        self._reader: ObjectReader | None = None
        self._tops: dict[str, str | None] = {}

    @property
    def _objects(self) -> "ObjectReader":
        # Most commands never look into history.
        if self._reader is None:
            from dvc.git.objects import ObjectReader

            self._reader = ObjectReader(self.root, self._environ)
        return self._reader

    # --- revisions

    def head(self) -> str | None:
        found = self._objects.resolve("HEAD^{commit}")
        return None if found is None else found[0]

    def branch(self) -> str | None:
        try:
            with open(os.path.join(self.git_dir, "HEAD"), encoding="utf-8", errors="surrogateescape") as file:
                text = file.read().strip()
        except OSError:
            return None
        return text.removeprefix("ref: refs/heads/") if text.startswith("ref: refs/heads/") else None

    def resolve(self, rev: str) -> str:
        found = self._objects.resolve(f"{rev}^{{commit}}")
        if found is None or found[1] != "commit":
            raise GitProblem(f"unknown Git revision '{rev}'", hint="`git log --all` shows what there is")
        return found[0]

    def branches(self) -> list[str]:
        return self._refs("refs/heads/")

    def tags(self) -> list[str]:
        return self._refs("refs/tags/")

    def tag_list(self) -> "list[Tag]":
        from dvc.git.port import Tag

        shown = "--format=%(refname:strip=2)%00%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(creatordate:unix)"
        found = []
        for line in self._git(["for-each-ref", shown, "refs/tags/"]).splitlines():
            name, kind, sha, inner_kind, inner, date = os.fsdecode(line).split("\0")
            if "commit" in (kind, inner_kind):
                found.append(Tag(name, inner or sha, int(date or 0), kind == "tag"))
        return found

    def _refs(self, prefix: str) -> list[str]:
        lines = self._git(["for-each-ref", "--format=%(refname)", prefix])
        return [os.fsdecode(line).removeprefix(prefix) for line in lines.splitlines()]

    def commits(self, rev: str, num: int = 1) -> list[str]:
        limit = [] if num < 0 else [f"--max-count={num}"]
        return self._listed(["rev-list", "--first-parent", *limit, self.resolve(rev)])

    def commits_since(self, date: str) -> list[str]:
        # Without a time of day git would take the current one.
        return self._listed(["rev-list", f"--since={date}T00:00:00", *self._everything()])

    def all_commits(self) -> list[str]:
        return self._listed(["rev-list", *self._everything()])

    def experiments(self) -> list[str]:
        lines = self._git(["for-each-ref", "--format=%(objectname)", "refs/exps/"])
        return list(dict.fromkeys(lines.decode().split()))

    def refs_called(self, name: str, prefix: str) -> list[str]:
        lines = os.fsdecode(self._git(["for-each-ref", "--format=%(refname)", prefix])).splitlines()
        return [line for line in lines if line.endswith("/" + name)]

    def _everything(self) -> list[str]:
        head = self.head()
        return ["--branches", "--remotes", "--tags", *([] if head is None else [head])]

    def _listed(self, arguments: Sequence[str]) -> list[str]:
        return self._git(arguments).decode().split()

    # --- trees

    def tree(self, rev: str, folder: str = "") -> "Sequence[TreeEntry] | None":
        if not folder or folder == ".":
            top = self._top(rev)
            return None if top is None else self._objects.trees([top]).get(top)
        entry = self.entry(rev, folder)
        if entry is None or not entry.is_folder:
            return None
        return self._objects.trees([entry.sha]).get(entry.sha)

    def subtrees(self, shas: Iterable[str]) -> "Mapping[str, Sequence[TreeEntry]]":
        return self._objects.trees(shas)

    def entry(self, rev: str, path: str) -> "TreeEntry | None":
        parts = path.split("/")
        sha = self._top(rev)
        for depth, part in enumerate(parts):
            if sha is None:
                return None
            rows = self._objects.trees([sha]).get(sha, ())
            found = next((row for row in rows if row.name == part), None)
            if found is None or depth == len(parts) - 1:
                return found
            sha = found.sha if found.is_folder else None
        return None

    def read(self, rev: str, path: str) -> bytes | None:
        entry = self.entry(rev, path)
        if entry is None or entry.is_folder:
            return None
        return self._objects.blobs([entry.sha]).get(entry.sha)

    def read_blobs(self, shas: Iterable[str]) -> Mapping[str, bytes]:
        return self._objects.blobs(shas)

    def _top(self, rev: str) -> str | None:
        if rev not in self._tops:
            found = self._objects.resolve(f"{rev}^{{tree}}")
            if found is None:
                raise GitProblem(f"unknown Git revision '{rev}'", hint="`git log --all` shows what there is")
            self._tops[rev] = found[0]
        return self._tops[rev]

    # --- the work tree

    def tracked(self, paths: Iterable[str]) -> set[str]:
        asked = list(paths)
        known: set[str] = set()
        for part in _parts(asked):
            listed = os.fsdecode(self._git(["ls-files", "-z", "--", *(p or "." for p in part)])).split("\0")
            for name in listed:
                # A tracked file makes all folders above it tracked; stop at the first one already seen.
                while name and name not in known:
                    known.add(name)
                    name = name.rpartition("/")[0]
        return {path for path in asked if path in known or (path in ("", ".") and known)}

    def ignored(self, paths: Iterable[str]) -> set[str]:
        asked = [path for path in paths if path]
        if not asked:
            return set()
        # It takes paths as they are, but for a leading colon: hence the `./`, which it gives back.
        data = b"".join(b"./" + os.fsencode(path) + b"\0" for path in asked)
        found = _run(self.root, self._environ, ["check-ignore", "-z", "--stdin"], data, ok=(0, 1), literal=False)
        return {os.fsdecode(name[2:]) for name in found.split(b"\0") if name}

    def untracked(self, folder: str = "") -> list[str]:
        listed = self._git(["ls-files", "-z", "--others", "--exclude-standard", "--", folder or "."])
        return [os.fsdecode(name) for name in listed.split(b"\0") if name]

    def add(self, paths: Iterable[str]) -> None:
        asked = list(paths)
        gone = [path for path in asked if not os.path.lexists(os.path.join(self.root, path))]
        # git refuses a path that is neither there nor tracked; what is both has nothing to stage.
        known = self.tracked(gone) if gone else set()
        wanted = [path for path in asked if path not in gone or path in known]
        if wanted:
            data = b"".join(os.fsencode(path) + b"\0" for path in wanted)
            self._git(["add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul"], data)

    # --- the repository

    @property
    def hooks_dir(self) -> str:
        shown = os.fsdecode(self._git(["rev-parse", "--git-path", "hooks"])).rstrip("\n")
        return os.path.normpath(os.path.join(self.root, shown))

    def configure(self, name: str, value: str) -> None:
        self._git(["config", "--local", name, value])

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def _git(self, arguments: Sequence[str], data: bytes | None = None) -> bytes:
        return _run(self.root, self._environ, arguments, data)


def _parts(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(paths), _ARGUMENTS):
        yield paths[start : start + _ARGUMENTS]
