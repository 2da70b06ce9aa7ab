"""`vars`, `${}`, `foreach` and `matrix` of dvc.yaml: a raw mapping and a reader in, resolved stages out."""

from dvc.template.command import Style
from dvc.template.context import Reader
from dvc.template.expression import is_templated
from dvc.template.problem import Path, TemplateProblem
from dvc.template.resolve import Locate, Templates

__all__ = ["Locate", "Path", "Reader", "Style", "TemplateProblem", "Templates", "is_templated"]
