"""The `.dvcignore` files of a project, gathered from the root down to the folder in question, read at most once each."""

from collections.abc import Callable

from dvc import ignore
from dvc.engine.contract import Rule
from dvc.exceptions import FormatProblem

NAME = ".dvcignore"


def _rule(parsed: ignore.Parsed) -> Rule:
    return Rule(*parsed[:4])


_BUILT_IN = tuple(map(_rule, ignore.BUILT_IN))


class Ignores:
    """`read` gives the bytes of a root-relative path, None where there is no such file."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        self._read = read
        self._parsed: dict[str, tuple[ignore.Parsed, ...]] = {}

    def parsed(self, folder: str) -> tuple[ignore.Parsed, ...]:
        """The users' rules that hold for names in `folder`, upper files first, with file, line and pattern."""
        unread = []
        at = folder
        while at not in self._parsed:
            unread.append(at)
            if not at:
                break
            at = at.rpartition("/")[0]
        # Folders may lie deeper than Python nests calls.
        for each in reversed(unread):
            above = self._parsed[each.rpartition("/")[0]] if each else ()
            data = self._read(f"{each}/{NAME}" if each else NAME)
            self._parsed[each] = above if data is None else above + self._own(each, data)
        return self._parsed[folder]

    def parsed_above(self, folder: str) -> bool:
        """Whether a folder above has rules; a file in `folder` itself is not looked for."""
        return bool(folder and self.parsed(folder.rpartition("/")[0]))

    def rules(self, folder: str) -> tuple[Rule, ...]:
        """The users' rules for names in `folder`, without the built-in ones."""
        return tuple(map(_rule, self.parsed(folder)))

    def for_scan(self, base: str) -> tuple[Rule, ...]:
        """What a scan of the folder `base` needs: the built-in rules, and those of the folders above it."""
        return _BUILT_IN + self.rules(base.rpartition("/")[0])

    def deciding(self, path: str, *, is_folder: bool) -> ignore.Parsed | None:
        """The rule that decides on `path`, users' or built-in: it is ignored unless that is None or negated."""
        at = ""
        deciding = None
        if not path:
            return None
        parts = path.split("/")
        for depth, part in enumerate(parts):
            last = depth == len(parts) - 1
            # One folder at a time: the rules of an ignored folder do not count.
            rules = ignore.BUILT_IN + self.parsed(at)
            at = f"{at}/{part}" if at else part
            deciding = ignore.matches(rules, at, is_folder or not last)
            if deciding is not None and not deciding.negated:
                return deciding
        return deciding

    def ignored(self, path: str, *, is_folder: bool) -> bool:
        """Whether `path`, or a folder above it, is ignored."""
        rule = self.deciding(path, is_folder=is_folder)
        return rule is not None and not rule.negated

    def _own(self, folder: str, data: bytes) -> tuple[ignore.Parsed, ...]:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            name = f"{folder}/{NAME}" if folder else NAME
            raise FormatProblem(name, "it is not UTF-8 text", hint="save it as UTF-8") from None
        return ignore.parse(text, folder)
