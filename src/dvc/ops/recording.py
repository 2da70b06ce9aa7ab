"""New contents of outputs, written to where the metadata of their stage keeps them: `.dvc` file or dvc.lock."""

from collections.abc import Mapping

from dvc.model.stage import Content, Stage
from dvc.project.edits import Edits
from dvc.project.view import View
from dvc.values import replace


def put_contents(edits: Edits, view: View, stage: Stage, contents: Mapping[str, Content]) -> None:
    """`contents` by path relative to the root; all else that is recorded of `stage` stays. `view` is the workspace's."""
    if stage.name is None:
        outs = tuple(replace(out, content=contents.get(stage.locate(out.path), out.content)) for out in stage.outs)
        edits.put_data(replace(stage, outs=outs))
        return
    entry = view.lock(stage.file).stages[stage.name]
    recorded = tuple(replace(item, content=contents.get(stage.locate(item.path), item.content)) for item in entry.outs)
    edits.put_lock(stage, replace(entry, outs=recorded))
