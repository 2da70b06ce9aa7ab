"""What stands in dvc.yaml becomes what runs: expressions, `vars`, groups, and what is refused."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from dvc.template import Style, TemplateProblem, Templates, is_templated

PARAMS = {
    "a": 1,
    "f": 1.0,
    "yes": True,
    "none": None,
    "list": ["x", ["y"], {"z": 2}],
    "d": {"k": "v", "two": "a b", "on": True, "off": False, "l": [1, "b c"], "n": {"m": 3}, "e": []},
}


def make(
    stages: Mapping[str, object], *, files: Mapping[str, object] | None = None, style: Style | None = None, **top: object
) -> Templates:
    documents = {"params.yaml": PARAMS, **(files or {})}

    def read(path: str) -> object:
        if path not in documents:
            raise FileNotFoundError(path)
        return documents[path]

    return Templates({"stages": stages, **top}, "dvc.yaml", read, style or Style())


def command(text: object, **kwargs: Any) -> object:
    return make({"s": {"cmd": text}}, **kwargs).entry("s")["cmd"]


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("echo ${a} ${f} ${yes} ${none}", "echo 1 1.0 true None"),
        ("echo ${list[0]} ${list.1[0]} ${ list[ -1 ].z }", "echo x y 2"),
        (r"echo \${a} $${a} \$\${a}", r"echo ${a} $1 \$${a}"),
        ("echo ${a", "echo ${a"),
        ("echo $a {a}", "echo $a {a}"),
    ],
)
def test_expressions_in_a_command(text: str, resolved: str) -> None:
    assert command(text) == resolved


@pytest.mark.parametrize(
    ("style", "arguments"),
    [
        (Style(), "--k v --two 'a b' --on --l 1 'b c' --n.m 3"),
        (Style(bool="boolean_optional"), "--k v --two 'a b' --on --no-off --l 1 'b c' --n.m 3"),
        (Style(list="append"), "--k v --two 'a b' --on --l 1 --l 'b c' --n.m 3"),
    ],
)
def test_a_map_becomes_arguments(style: Style, arguments: str) -> None:
    assert command("run ${d}", style=style) == f"run {arguments}"


@pytest.mark.parametrize(
    "text", ["${}", "x ${a.}", "x ${.a}", "x ${nosuch}", "x ${a.b}", "x ${list[7]}", "x ${${a}}", "x ${list}", "${a}", "${d}"]
)
def test_what_a_command_cannot_hold(text: str) -> None:
    with pytest.raises(TemplateProblem):
        command(text)


def test_a_value_put_in_is_not_resolved_again() -> None:
    assert command("echo ${loop}", vars=[], files={"params.yaml": {"loop": "${loop}"}}) == "echo ${loop}"


def test_a_whole_value_keeps_its_type_outside_commands() -> None:
    entry = make({"s": {"cmd": "x", "meta": {"n": "${a}", "s": "n ${a}", "${d.k}": "${list}"}}}).entry("s")
    assert entry["meta"] == {"n": 1, "s": "n 1", "v": ["x", ["y"], {"z": 2}]}


def test_keys_that_come_out_twice_are_refused() -> None:
    with pytest.raises(TemplateProblem, match="twice"):
        make({"s": {"cmd": "x", "meta": {"${a}": 1, "1": 2}}}).entry("s")


def test_groups_are_named_after_their_items_in_order() -> None:
    made = make(
        {
            "plain": {"cmd": "x"},
            "l": {"foreach": ["a", 2, True, None, "a"], "do": {"cmd": "echo ${item}"}},
            "c": {"foreach": [{"n": 1}, "b"], "do": {"cmd": "echo ${item.n}"}},
            "m": {"foreach": {"one": 1, "two": 2}, "do": {"cmd": "echo ${key}=${item}"}},
            "x": {"matrix": {"p": ["a", {"q": 1}], "r": "${list}"}, "cmd": "echo ${key}"},
        }
    )
    assert made.names()[:8] == ["plain", "l@a", "l@2", "l@true", "l@None", "c@0", "c@1", "m@one"]
    assert made.members("x") == ["x@a-x", "x@a-r1", "x@a-r2", "x@p1-x", "x@p1-r1", "x@p1-r2"]
    assert made.entry("m@two") == {"cmd": "echo two=2"}
    assert [made.has(name) for name in ("l@2", "l@3", "l")] == [True, False, False]
    assert [made.is_parametrized(name) for name in ("l@2", "plain")] == [True, False]


def test_one_stage_that_cannot_be_resolved_leaves_the_others_alone() -> None:
    made = make({"good": {"cmd": "echo ${a}"}, "bad": {"cmd": "echo ${nosuch}"}})
    assert made.entry("good") == {"cmd": "echo 1"}
    with pytest.raises(TemplateProblem, match=r"stages\.bad\.cmd"):
        made.entry("bad")


@pytest.mark.parametrize(
    "group", [{"foreach": ["a@b"], "do": {"cmd": "x"}}, {"foreach": [""], "do": {"cmd": "x"}}, {"matrix": "${d}", "cmd": "x"}]
)
def test_groups_that_are_refused(group: Mapping[str, object]) -> None:
    with pytest.raises(TemplateProblem):
        make({"g": group}).names()


def test_vars_merge_maps_and_refuse_clashes() -> None:
    files = {"more.yaml": {"d": {"new": 1}, "other": 2}, "clash.yaml": {"a": 2}}
    assert command("echo ${d.new} ${other}", files=files, vars=["more.yaml", "more.yaml", {"x": 1}]) == "echo 1 2"
    for broken in (["clash.yaml"], [{"a": 1}], ["params.yaml:a"], ["more.yaml:nokey"], ["absent.yaml"], ["${a}.yaml"], [{"x": "${a}"}]):
        with pytest.raises(TemplateProblem):
            command("echo hi", files=files, vars=broken)


def test_local_vars_are_read_from_the_stage_folder() -> None:
    made = make(
        {"s": {"foreach": ["en", "fr"], "do": {"wdir": "${item}", "vars": ["lang.yaml"], "cmd": "echo ${word}"}}},
        files={"en/lang.yaml": {"word": "hello"}, "fr/lang.yaml": {"word": "bonjour"}},
    )
    assert [made.entry(name)["cmd"] for name in made.names()] == ["echo hello", "echo bonjour"]


def test_dates_cannot_be_used_but_harm_no_stage_without_templates() -> None:
    files = {"params.yaml": {"a": 1, "day": datetime.date(2024, 1, 1)}}
    with pytest.raises(TemplateProblem, match="date"):
        command("echo ${a}", files=files)
    assert command("echo a", files=files, vars=[{"b": 2}]) == "echo a"
    with pytest.raises(TemplateProblem, match="twice"):
        command("echo a", files=files, vars=[{"a": 2}])


def test_an_item_that_cannot_name_a_stage_leaves_its_siblings_alone() -> None:
    made = make({"g": {"foreach": ["a", "b@c", ""], "do": {"cmd": "echo ${item}"}}, "good": {"cmd": "echo"}})
    assert (made.entry("g@a"), made.entry("good")) == ({"cmd": "echo a"}, {"cmd": "echo"})
    for name in ("g@b@c", "g@"):
        with pytest.raises(TemplateProblem):
            made.entry(name)


def test_is_templated_looks_into_keys_and_lists() -> None:
    assert is_templated({"a": ["x", {"${b}": 1}]})
    assert not is_templated({"a": [r"\${b}", 1, None]})


def test_a_problem_names_the_file_the_stage_the_key_and_the_line() -> None:
    raw = {"stages": {"g": {"foreach": ["a"], "do": {"cmd": ["x", "echo ${itm}"]}}}}
    made = Templates(raw, "sub/dvc.yaml", lambda _: {}, locate=lambda file, path: len(path) if file == "sub/dvc.yaml" else None)
    with pytest.raises(TemplateProblem) as caught:
        made.entry("g@a")
    problem = caught.value
    assert (problem.file, problem.stage, problem.path, problem.line) == ("sub/dvc.yaml", "g@a", ("stages", "g", "do", "cmd", 1), 5)
    assert problem.message == "'sub/dvc.yaml', line 5: stage 'g@a': `stages.g.do.cmd[1]`: 'itm' is not defined"
    assert problem.hint == "did you mean 'item'?"
