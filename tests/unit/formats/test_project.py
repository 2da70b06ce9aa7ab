"""dvc.yaml: its schema, and the edits that `stage add`, `remove` and `freeze` make."""

import pytest

from dvc.exceptions import FormatProblem
from dvc.formats import project
from dvc.model.stage import Out, ParamsDep
from dvc.values import replace

FULL = """\
stages:
  full:
    desc: D "x"
    cmd: echo a; echo 'b'
    wdir: w
    deps:
    - ../src/../foo
    - ../src/s.py
    params:
    - ../p2.json:
    - ../params.yaml:
      - d.a
      - lr
    outs:
    - o2:
        cache: false
    - op:
        persist: true
    - opn:
        cache: false
        persist: true
    - out/./o1
    metrics:
    - m1.json
    - m2.json:
        cache: false
    plots:
    - pl.csv
    - pl2.csv:
        cache: false
        x: a
    always_changed: true
"""
NOTED = """\
# ours
stages:
  a:
    cmd: "echo 1"
    outs:   # made
    - o: {desc: kept, cache: false}
metrics: [m.json]
"""


def read_stage(text: str, name: str):
    return project.stage("dvc.yaml", name, project.read(text, "dvc.yaml").stages[name])


def test_a_stage_is_written_as_it_was_read():
    stage = read_stage(FULL, "full")
    assert project.put_stage(None, stage) == FULL
    assert project.put_stage(FULL, stage) == FULL


def test_params_are_gathered_by_file():
    value = ["lr", {"p.json": ["a"]}, "n.x", {"params.yaml": ["lr"]}, {"p.json": None}]
    assert project.params_deps(value) == (ParamsDep("params.yaml", ("lr", "n.x")), ParamsDep("p.json", None))


def test_a_new_stage_goes_to_the_end_and_the_rest_stays():
    stage = replace(read_stage(FULL, "full"), name="b", wdir=".", deps=(), params=(), outs=(), desc=None, always_changed=False)
    text = project.put_stage(NOTED, stage)
    assert text.startswith("# ours\nstages:\n  a:\n    cmd: echo 1\n    outs:   # made\n    - o: {desc: kept, cache: false}\n  b:\n")
    assert text.endswith("metrics: [m.json]\n")


def test_a_replaced_stage_keeps_the_notes_of_its_outputs():
    stage = replace(read_stage(NOTED, "a"), outs=(Out("o"), Out("p")))
    entry = project.read(project.put_stage(NOTED, stage), "dvc.yaml").stages["a"]
    assert entry["outs"] == [{"o": {"desc": "kept"}}, "p"]


def test_removing_the_last_stage_keeps_other_sections():
    assert project.remove_stage(NOTED, "a") == "# ours\nmetrics: [m.json]\n"
    assert project.remove_stage(FULL, "full") is None
    assert project.remove_stage(FULL, "unknown") == FULL


def test_freezing_appends_a_line_and_thawing_takes_it_away():
    frozen = project.set_frozen(FULL, "full", True)
    assert frozen == FULL + "    frozen: true\n"
    assert project.set_frozen(frozen, "full", False) == FULL


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("stage: {}\n", 1, "unknown key `stage`"),
        ("stages:\n  a:\n    cmd: x\n    dep: [x]\n", 4, "unknown key `dep` in `stages.a`"),
        ("stages:\n  a:\n    deps: [x]\n", 2, "has no `cmd`"),
        ("stages:\n  a:\n    cmd: 1\n", 3, "must be text, not a number"),
        ("stages:\n  a:\n    cmd: x\n    outs:\n    - o:\n        cach: false\n", 6, "unknown key `cach`"),
        ("stages:\n  a:\n    cmd: x\n    outs:\n    - o: 3\n", 5, "must be a map"),
        ("stages:\n  a:\n    cmd: x\n    outs:\n    - o:\n", 5, "must be a map, not nothing"),
        ("stages:\n  a@b:\n    cmd: x\n", 2, "'a@b' cannot be the name of a stage"),
        ("stages:\n  a:\n    cmd: x\n    plots:\n    - o:\n        x: 1\n", 6, "`stages.a.plots[0].o.x` must be text"),
        ("plots:\n- a:\n    y: {f: [1]}\n", 3, "must be text, not a number"),
        ("plots:\n- a:\n    x: [b]\n", 3, "must be text, not a list"),
        ("stages: {}\nmetrics:\n", 2, "`metrics` is empty"),
        ("artifacts:\n  m:\n    path: x\n    labels: [1]\n", 4, "must be text"),
        ("stages:\n  a:\n    cmd: x\n    frozen: maybe\n", 4, "true or false"),
        ("stages:\n  a:\n    foreach: [1]\n", 2, "has no `do`"),
        ("stages:\n  a:\n    foreach: [1]\n    do: {cmd: x}\n    outs: []\n", 5, "unknown key `outs`"),
        ("stages:\n  a:\n    matrix: {x: 1}\n    cmd: x\n", 3, "a list or `${...}`"),
        ("plots:\n- a:\n    templat: x\n", 3, "unknown key `templat`"),
        ("artifacts:\n  m: {type: model}\n", 2, "has no `path`"),
        ("stages: [a]\n", 1, "must be a map, not a list"),
    ],
)
def test_a_problem_names_line_and_key(text, line, words):
    with pytest.raises(FormatProblem) as caught:
        project.read(text, "dvc.yaml")
    assert caught.value.line == line
    assert words in caught.value.message


def test_an_empty_file_has_no_stages():
    assert project.read("", "dvc.yaml") == project.ProjectFile()
