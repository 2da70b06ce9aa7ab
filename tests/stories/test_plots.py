"""Stories of people who look at their plots."""

import os
from pathlib import Path

import pytest

from dvc.insight.plots import collect, points, sample
from tests.world import World

PLAIN = '{"d": "<DVC_METRIC_DATA>", "x": "<DVC_METRIC_X>", "y": "<DVC_METRIC_Y>", "t": "<DVC_METRIC_TITLE>", "c": "<DVC_METRIC_COLOR>"}'


def trained(world: World) -> None:
    """A stage with a curve in the cache and one in Git, at v1 and v2."""
    world.project()
    world.write(".dvc/plots/plain.json", PLAIN)
    world.write("fit.sh", 'printf "step,acc\\n0,$1\\n" >log.csv; printf "[{\\"e\\": 1, \\"f1\\": $1}]" >f1.json\n')
    for version in (1, 2):
        force = "--force" if version == 2 else ""
        added = world.dvc(f"stage add -q {force} -n fit -d fit.sh --plots log.csv --plots-no-cache f1.json 'sh fit.sh {version}'")
        assert added.ok, added.err
        assert world.dvc("plots modify -q log.csv -t plain").ok
        assert world.dvc("plots modify -q f1.json -t plain -x e").ok
        assert world.dvc("repro -q").ok
        world.commit(f"version {version}")
        world.git(f"tag v{version}")


def content(world: World, words: str, name: str) -> dict[str, object]:
    shown = world.dvc(words)
    assert shown.ok, shown.err
    (part,) = shown.json["data"][name]
    assert isinstance(part["content"], dict)
    return part["content"]


def test_two_versions_of_a_curve_come_from_cache_and_git(world: World) -> None:
    trained(world)
    os.unlink(world.path / "log.csv")
    drawn = content(world, "plots diff v1 v2 --json", "log.csv")
    assert drawn["d"] == [{"step": 0, "acc": "1", "rev": "v1"}, {"step": 0, "acc": "2", "rev": "v2"}]
    assert content(world, "plots diff v1 v2 --json", "f1.json")["x"] == "e"
    assert not world.exists("log.csv")
    assert not world.exists("dvc_plots")  # nothing of it is an image


def test_the_workspace_comes_first_and_against_head_by_default(world: World) -> None:
    trained(world)
    world.write("f1.json", '[{"e": 1, "f1": 9}]')
    assert world.dvc("plots diff --json").json["data"]["f1.json"][0]["revisions"] == ["workspace", "HEAD"]
    assert world.dvc("plots diff v1 workspace --json").json["data"]["f1.json"][0]["revisions"] == ["workspace", "v1"]
    unknown = world.dvc("plots diff nowhere")
    assert unknown.code == 1
    assert "nowhere" in unknown.err


def test_a_broken_file_costs_its_own_plot_at_its_own_revision(world: World) -> None:
    trained(world)
    world.write("f1.json", '[{"e": 1')
    shown = world.dvc("plots diff v1 --json")
    assert shown.code == 0
    assert [(error["name"], error["rev"], error["type"]) for error in shown.json["errors"]] == [
        ("f1.json", "workspace", "JSONFileCorruptedError")
    ]
    assert shown.json["data"]["f1.json"][0]["revisions"] == ["v1"]
    assert shown.json["data"]["log.csv"][0]["revisions"] == ["workspace", "v1"]
    assert "'f1.json' of 'workspace' cannot be drawn" in shown.err


def test_a_template_that_is_missing_costs_its_own_plot(world: World) -> None:
    world.project()
    world.write("log.csv", "a,b\n1,2\n")
    world.write("dvc.yaml", "plots:\n- good: {y: {log.csv: b}}\n- bad: {template: nowhere, y: {log.csv: b}}\n")
    shown = world.dvc("plots show")
    assert shown.code == 255
    assert "'bad' cannot be drawn: there is no template 'nowhere'" in shown.err
    assert 'data-name="good"' in world.read("dvc_plots/index.html")


def test_what_there_is_nothing_to_draw_of_is_said(world: World) -> None:
    world.project()
    world.write("empty.csv", "")
    world.write("ragged.csv", "a,b\n1,2,3\n")
    shown = world.dvc("plots show empty.csv ragged.csv nowhere.csv --json")
    assert shown.json == {"data": {"empty.csv": [], "ragged.csv": []}}
    for words in ("'empty.csv' is empty", "line 2: 3 cells", "'nowhere.csv' is neither a plot nor a file"):
        assert words in shown.err
    assert world.dvc("plots show empty.csv").ok
    assert "&#x27;empty.csv&#x27; is empty" in world.read("dvc_plots/index.html")
    first = world.dvc("plots show nowhere.csv ragged.csv --json").json
    assert [(error["name"], error["type"]) for error in first["errors"]] == [("nowhere.csv", "FileNotFoundError")]
    world.write("dvc.yaml", "plots:\n- ragged.csv\n")
    assert "errors" not in world.dvc("plots show nowhere.csv ragged.csv --json").json


def test_values_that_are_no_numbers_are_gaps_and_are_counted(world: World) -> None:
    world.project()
    world.write("log.csv", "step,loss\n0,0.50\n1,nan\n2,\n3,broken\n4,1e999\n5,0.1\n")
    shown = world.dvc("plots show log.csv -x step -y loss")
    assert shown.ok
    said = "'log.csv' has gaps: 4 of 6 values in column 'loss' are no numbers (4 of 'workspace')"
    assert said in shown.err
    page = world.read("dvc_plots/index.html")
    assert said.replace("'", "&#x27;") in page
    assert '"loss":0.5,' in page
    assert page.count('"loss":null,') == 4
    bars = world.dvc("plots show log.csv -x step -y loss -t bar_horizontal")  # names are no numbers, and need not be
    assert bars.ok
    assert "gaps" not in bars.err


def test_a_huge_table_is_thinned_out_and_the_page_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(points, "LIMIT", 100)
    monkeypatch.setattr(collect, "STREAMED", 1000)
    world.project()
    world.write("log.csv", "step,v\n" + "".join(f"{n},{n}\n" for n in range(5000)))
    assert world.dvc("plots show log.csv").ok
    page = world.read("dvc_plots/index.html")
    assert "of its 5,000 rows are drawn" in page
    assert page.count('"step":') < 300


def test_a_page_draws_what_a_screen_can_tell_apart_and_counts_every_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "ROWS", 100)
    monkeypatch.setattr(sample, "LEAST", 10)
    world.project()
    world.write("log.csv", "step,v\n" + "".join(f"{n},{n}\n" for n in range(1000)))
    drawn = world.dvc("plots show log.csv")
    assert "'log.csv' has 1,000 rows: 101 of them, evenly spread, are drawn" in drawn.err
    page = world.read("dvc_plots/index.html")
    assert page.count('"rev":"workspace"') == 101
    assert '"v":999' in page
    assert "evenly spread" in page
    assert len(world.dvc("plots show log.csv --json -t simple").json["data"]["log.csv"][0]["content"]["data"]["values"]) == 1000
    assert world.dvc("plots show log.csv -x step -y v -t confusion").ok
    assert world.read("dvc_plots/index.html").count('"rev":"workspace"') == 1000


def test_plots_of_several_files_by_one_name_are_told_apart(world: World) -> None:
    world.project()
    world.write("log.csv", "a,b\n1,2\n")
    world.write("dvc.yaml", "plots:\n- loss: {y: {log.csv: b}}\n")
    world.write("sub/dvc.yaml", "plots:\n- loss: {y: {../log.csv: a}}\n- loss_too: {y: {../log.csv: a}}\n")
    assert list(world.dvc("plots show --json").json["data"]) == ["dvc.yaml::loss", "sub/dvc.yaml::loss", "loss_too"]
    assert list(world.dvc("plots show --json sub").json["data"]) == ["loss", "loss_too"]
    assert list(world.dvc("plots show --json loss_too").json["data"]) == ["loss_too"]
    assert list(world.dvc("plots show --json", cwd="sub").json["data"]) == ["../dvc.yaml::loss", "dvc.yaml::loss", "loss_too"]


def test_images_are_written_for_programs_and_put_into_the_page_for_people(world: World) -> None:
    world.project()
    world.write("d/a.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    world.write("d_a.svg", "<svg></svg>")
    world.write("dvc.yaml", "plots: [d, d_a.svg]\n")
    world.commit("drawn")
    data = world.dvc("plots diff --json -o out HEAD").json["data"]
    addresses = [part["url"] for name in ("d/a.svg", "d_a.svg") for part in data[name]]
    assert len({Path(address).read_bytes() for address in addresses}) == 2
    assert len(set(addresses)) == 4
    assert addresses[0] == str(world.path / "out" / "workspace_d_a.svg")
    assert world.dvc("plots show -o page").ok
    assert sorted(os.listdir(world.path / "page")) == ["index.html"]
    assert "data:image/svg+xml;base64," in world.read("page/index.html")


def test_a_picture_is_drawn_without_a_browser(world: World) -> None:
    trained(world)
    for name in ("curves.svg", "curves.png"):
        drawn = world.dvc(f"plots diff v1 v2 -t simple -o {name}")
        assert drawn.ok, drawn.err
        assert drawn.out.strip() == (world.path / name).as_uri()
    assert "<svg" in world.read("curves.svg")[:100]
    assert (world.path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_page_of_ones_own_needs_a_place_for_plots(world: World) -> None:
    trained(world)
    world.write("page.html", "<p>nothing</p>")
    refused = world.dvc("plots show --html-template page.html")
    assert refused.code == 255
    assert "{plot_divs}" in refused.err
    assert not world.exists("dvc_plots")


def test_a_page_that_cannot_be_written_leaves_the_old_one(world: World) -> None:
    trained(world)
    assert world.dvc("plots show").ok
    before = world.read("dvc_plots/index.html")
    assert world.dvc("plots show -o dvc_plots/index.html").code == 255  # a file is in the way of the folder
    assert world.read("dvc_plots/index.html") == before


def test_modify_refuses_what_it_cannot_do_and_writes_nothing(world: World) -> None:
    trained(world)
    before = world.read("dvc.yaml")
    for words in ("log.csv --unset x", "nowhere.csv -x a", "log.csv -t nowhere", "dvc.yaml -x a"):
        assert world.dvc(f"plots modify {words}").code == 255, words
    assert world.read("dvc.yaml") == before


def test_nothing_is_drawn_of_a_dvc_yaml_that_does_not_parse(world: World) -> None:
    trained(world)
    world.write("dvc.yaml", "plots: [")
    shown = world.dvc("plots diff v1 --json")
    assert [(error["rev"], error["type"]) for error in shown.json["errors"]] == [("workspace", "YAMLSyntaxError")]
    assert shown.json["data"]["log.csv"][0]["revisions"] == ["v1"]
