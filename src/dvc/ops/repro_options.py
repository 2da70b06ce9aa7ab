"""What is asked of a reproduction, and who is told what happens in it. Owned by `dvc.ops.repro`."""

from collections.abc import Sequence
from typing import Literal, Protocol

from dvc.exceptions import DvcException
from dvc.pipeline.plan import Reach
from dvc.values import dataclass, field

OnError = Literal["fail", "keep-going", "ignore"]


@dataclass(frozen=True, slots=True)
class ReproOptions:
    """What is asked of a reproduction. Without `targets` and `all_pipelines`: the dvc.yaml of the folder we are in."""

    targets: tuple[str, ...] = ()
    all_pipelines: bool = False
    recursive: bool = False
    glob: bool = False
    reach: Reach = field(default_factory=Reach)
    force: bool = False
    force_downstream: bool = False
    interactive: bool = False
    pull: bool = False
    allow_missing: bool = False
    dry: bool = False
    on_error: OnError = "fail"
    commit: bool = True
    run_cache: bool = True
    jobs: int = 1  # 0: for the shell to fill in from the configuration
    wait: bool = False

    @property
    def several(self) -> bool:
        """Whether stages may run at once: not where somebody is asked before each."""
        return self.jobs > 1 and not self.dry and not self.interactive


class Events(Protocol):
    """Told what happens, while it happens. Stages go by the address that the user would type."""

    def skipped(self, stage: str, *, data: bool) -> None: ...
    def verifying(self, stage: str, *, frozen: bool) -> None: ...
    def frozen(self, stage: str) -> None: ...
    def cached(self, stage: str, reasons: Sequence[str]) -> None: ...
    def running(self, stage: str, reasons: Sequence[str]) -> None: ...
    def command(self, stage: str, line: str) -> None: ...
    def output(self, stage: str, stream: Literal["out", "err"], line: str) -> None: ...
    def tick(self) -> float | None: ...
    def ended(self, stage: str) -> None: ...
    def waiting(self, stage: str, holder: str) -> None: ...
    def draining(self, stages: Sequence[str], problem: DvcException) -> None: ...
    def failed(self, stage: str, error: DvcException) -> None: ...
    def blocked(self, stage: str, by: str) -> None: ...
    def kept(self, path: str, where: str) -> None: ...
    def wrote(self, files: Sequence[str]) -> None: ...
    def confirm(self, stage: str) -> bool: ...
