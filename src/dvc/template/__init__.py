"""`vars`, `${}`, `foreach` and `matrix` of dvc.yaml: a raw mapping and a reader in, resolved stages out."""

from dvc.template.context import Reader
from dvc.template.expression import Style, TemplateProblem, is_templated
from dvc.template.resolve import Templates

__all__ = ["Reader", "Style", "TemplateProblem", "Templates", "is_templated"]
