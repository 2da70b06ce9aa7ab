"""What DVC 3 does at the edges of pipelines, and we do with it."""

from tests.world import World


def test_checkout_says_which_outputs_were_never_recorded(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  a: {cmd: echo a > a.txt, outs: [a.txt]}\n  b: {cmd: echo b > b.txt, outs: [b.txt]}\n")
    assert world.dvc("repro b").ok
    (world.path / "b.txt").unlink()
    lacking = world.dvc("checkout")
    assert lacking.code == 255
    assert "nothing is recorded of 'a.txt'" in lacking.err
    assert world.read("b.txt") == "b\n"
    assert world.dvc("checkout --allow-missing").ok


def test_checkout_leaves_alone_what_stands_where_nothing_was_recorded(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  a: {cmd: echo a > a.txt, outs: [a.txt]}\n")
    world.write("a.txt", "mine")
    assert world.dvc("checkout --allow-missing").code == 255
    assert world.dvc("checkout --force").code == 255
    assert world.read("a.txt") == "mine"


def test_checkout_touches_nothing_where_something_unrecorded_is_in_the_way(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  a: {cmd: echo a > a, outs: [a]}\n  b: {cmd: echo b > b; exit 1, outs: [b]}\n")
    assert world.dvc("repro").code == 255
    (world.path / "a").unlink()
    assert "'b': there is something, and nothing is recorded of it" in world.dvc("checkout").err
    assert not world.exists("a")
    assert world.dvc("checkout a").ok


def test_checkout_fails_for_a_folder_that_could_not_be_had_back_and_keeps_it(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  d: {cmd: 'mkdir d; echo 1 > d/f', outs: [d]}\n")
    assert world.dvc("repro --no-commit").ok
    assert world.dvc("checkout").code == 255
    assert world.read("d/f") == "1\n"


def test_what_a_stage_made_goes_when_it_cannot_run_for_want_of_a_parameter(world: World) -> None:
    world.project()
    world.write("params.yaml", "a: 1\n")
    world.write("dvc.yaml", "stages:\n  s: {cmd: echo 1 > s.txt, params: [a], outs: [s.txt]}\n")
    assert world.dvc("repro").ok
    lock = world.read("dvc.lock")
    world.write("params.yaml", "b: 1\n")
    assert world.dvc("repro").code == 255
    assert not world.exists("s.txt")
    assert world.read("dvc.lock") == lock
    assert world.dvc("checkout").ok
    assert world.read("s.txt") == "1\n"


def test_a_forced_stage_runs_though_a_dependency_is_missing(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  s: {cmd: echo 1 > s.txt, deps: [x], outs: [s.txt]}\n")
    assert not world.dvc("repro").ok
    assert not world.exists("s.txt")
    assert world.dvc("repro -f").code == 255
    assert world.exists("s.txt")
    assert not world.exists("dvc.lock")


def test_an_output_named_twice_in_one_list_is_one_output(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  s:\n    cmd: echo 1 > a\n    outs: [a: {cache: false}, a: {persist: true}]\n")
    assert world.dvc("repro").ok
    assert not world.exists(".gitignore")
    world.write("dvc.yaml", "stages: {s: {cmd: echo 1 > a, outs: [a], metrics: [a]}}\n")
    assert world.dvc("repro").code == 255
    world.write("dvc.yaml", "stages: {s: {cmd: echo 1 > a, outs: [a, ./a]}}\n")
    assert world.dvc("repro").code == 255


def test_a_group_without_items_reproduces_everything(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  a: {cmd: echo a > a.txt, outs: [a.txt]}\n  e: {foreach: [], do: {cmd: 'x'}}\n")
    assert world.dvc("repro e").ok
    assert world.read("a.txt") == "a\n"
    (world.path / "a.txt").unlink()
    assert world.dvc("repro --glob 'nothing*'").ok
    assert world.read("a.txt") == "a\n"


def test_status_of_a_good_stage_does_not_mind_a_broken_one_beside_it_but_a_broken_file(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  a: {cmd: echo a > a.txt, outs: [a.txt]}\n")
    assert world.dvc("repro").ok
    world.write("dvc.yaml", "stages:\n  a: {cmd: echo a > a.txt, outs: [a.txt]}\n  b: {cmd: 'echo ${no}'}\n")
    assert world.dvc("status a").ok
    assert world.dvc("status").code == 1
    world.write("dvc.yaml", "stages:\n  a: {cmd: echo a > a.txt, outs: [a.txt]}\n")
    world.write("sub/dvc.yaml", "stages:\n  b: {cmd: 'echo ${no}'}\n")
    assert world.dvc("status a").code == 255


def test_generated_stages_are_removed_by_hand(world: World) -> None:
    world.project()
    text = "stages:\n  e: {foreach: [a, b], do: {cmd: 'echo 1 > ${item}', outs: ['${item}']}}\n  t: {cmd: 'echo ${x}'}\n"
    world.write("dvc.yaml", text)
    world.write("params.yaml", "x: 1\n")
    assert world.dvc("repro").ok
    lock = world.read("dvc.lock")
    for target in ("e", "e@a", "t", "dvc.yaml"):
        refused = world.dvc(["remove", target])
        assert refused.code == 1
        assert "by hand" in refused.err
    assert (world.read("dvc.yaml"), world.read("dvc.lock")) == (text, lock)


def test_what_is_wrong_in_a_template_is_told_with_its_line(world: World) -> None:
    world.project()
    world.write("params.yaml", "lr: 0.1\nlist: [1]\n")
    world.write("dvc.yaml", "stages:\n  g:\n    foreach: [a]\n    do:\n      cmd: echo\n      outs:\n      - ${list}\n")
    broken = world.dvc("repro")
    assert broken.code == 255
    assert "'dvc.yaml', line 7: stage 'g@a': `stages.g.do.outs[0]` must be" in broken.err
    world.write("dvc.yaml", "stages:\n  s:\n    cmd: echo ${lrr}\n")
    assert "'dvc.yaml', line 3: `stages.s.cmd`: 'lrr' is not defined\nHINT: did you mean 'lr'?" in world.dvc("repro").err


def test_status_and_repro_say_why_a_stage_runs(world: World) -> None:
    world.project()
    world.write("in", "1")
    world.write("params.yaml", "lr: 0.1\nnet: {depth: 2, name: a}\n")
    text = "stages:\n  s:\n    cmd: cat in > out; true {}\n    deps: [in]\n    params: [lr, net]\n    outs: [out]\n"
    world.write("dvc.yaml", text.format("x"))
    assert world.dvc("repro").ok
    world.write("params.yaml", "lr: 0.2\nnet: {depth: 3, name: a}\n")
    world.write("in", "2")
    world.write("dvc.yaml", text.format("y"))
    told = world.dvc("status").out
    assert "modified:           in\n" in told
    assert "modified:           lr (0.1 -> 0.2)\n" in told
    assert "modified:           net (depth: 2 -> 3)\n" in told
    assert "changed command\n\t\t`... x` -> `... y`\n" in told
    assert world.dvc("status --json").json == {
        "s": [{"changed deps": {"in": "modified", "params.yaml": {"lr": "modified", "net": "modified"}}}, "changed command"]
    }
    why = world.dvc("repro").err
    assert "because dependency 'in' is modified" in why
    assert "because parameter 'lr' of 'params.yaml' is modified (0.1 -> 0.2)" in why
    assert "because its command changed (`... x` -> `... y`)" in why
    (world.path / "out").unlink()
    assert "because output 'out' is deleted" in world.dvc("repro").err


def test_stage_add_takes_paths_and_parameters_as_dvc_does(world: World) -> None:
    world.project()
    world.write("wd/x", "")
    for words in (["-d", "a", "-d", "./a", "x"], ["-d", "a", "-d", "a", "x"], [""]):
        assert world.dvc(["stage", "add", "-n", "s", *words]).code == 255
    inside = str(world.path / "r")
    assert world.dvc(["stage", "add", "-n", "s", "-w", "wd", "-o", inside, "-p", "a,a, b ,", "cmd"]).ok
    assert world.read(".gitignore") == "/r\n"
    assert world.read("dvc.yaml") == (
        "stages:\n  s:\n    cmd: cmd\n    wdir: wd\n    params:\n    - ' b '\n    - a\n    - a\n    outs:\n    - ../r\n"
    )


def test_vars_that_do_not_load_are_told_though_no_stage_uses_them(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "vars: [nofile.yaml]\nstages: {}\n")
    broken = world.dvc("repro")
    assert broken.code == 255
    assert "`vars[0]`: the file 'nofile.yaml' does not exist" in broken.err


def test_an_output_cannot_have_the_name_of_metadata(world: World) -> None:
    world.project()
    for name in ("x.dvc", "dvc.yaml", "sub/dvc.yaml", ".dvc/x"):
        world.write("dvc.yaml", f"stages: {{s: {{cmd: x, outs: ['{name}']}}}}\n")
        assert world.dvc("status").code == 1
        assert "is where metadata is kept" in world.dvc("repro").err


def test_checkout_takes_away_what_a_stage_made_that_is_gone(world: World) -> None:
    world.project()
    stages = "stages:\n  a: {cmd: echo a > a, outs: [a]}\n"
    world.write("dvc.yaml", stages + "  b: {cmd: echo b > b; echo a > m, outs: [b], metrics: [m: {cache: false}]}\n")
    assert world.dvc("repro").ok
    world.git("add -A")
    (world.path / ".dvc/tmp").rename(world.path / "elsewhere")  # nothing is remembered: the clone of a colleague who uses DVC
    world.write("dvc.yaml", stages)
    assert world.dvc("checkout").ok
    assert not world.exists("b")
    assert world.read("m") == "a\n"  # not ours, though the cache has the same bytes


def test_a_stage_that_fails_is_named_with_its_line(world: World) -> None:
    world.project()
    world.write("in", "1")
    world.write(
        "dvc.yaml", "stages:\n  a: {cmd: rm in; echo > a, deps: [in], outs: [a]}\n  g:\n    foreach: [x]\n    do: {cmd: kill -9 $$}\n"
    )
    told = world.dvc("repro -k")
    assert told.code == 255
    assert "stage 'a' of 'dvc.yaml', line 2: dependency 'in' does not exist, now that the command has run" in told.err
    assert "stage 'g@x' of 'dvc.yaml', line 3: `kill -9 $$` exited with -9 (SIGKILL)" in told.err
    assert not world.exists("dvc.lock")


def test_stages_are_named_by_their_names_and_not_by_what_they_make(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  up/load: {cmd: echo 1 > out, outs: [out]}\n")
    assert "Running stage 'up/load'" in world.dvc("repro up/load").out
    for command in ("repro out", "repro -s ./out", "stage list out"):
        refused = world.dvc(command)
        assert (refused.code, "name what makes it: 'up/load'" in refused.err) == (255, True)
    (world.path / "empty").mkdir()
    assert world.dvc("stage list -R empty").out == ""


def test_a_dry_run_asks_for_inputs_only_where_a_known_result_could_be_used(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  kept: {cmd: echo > out, deps: [gone], outs: [out]}\n  said: {cmd: echo, deps: [gone]}\n")
    assert world.dvc("repro --dry kept").code == 255
    assert "> echo > out" in world.dvc("repro --dry -f kept").out
    assert "> echo" in world.dvc("repro --dry said").out


def test_a_stage_whose_output_could_not_be_loaded_again_is_not_written(world: World) -> None:
    world.project()
    world.write(".dvcignore", "*.tmp\n")
    for out in ("data.dvc", "sub/dvc.yaml", ".dvc/inside", "scratch.tmp"):
        refused = world.dvc(f"stage add -n made -o {out} echo")
        assert (refused.code, f"its output '{out}' is" in refused.err) == (255, True)
    assert not (world.path / "dvc.yaml").exists()
    assert world.dvc("stage add -n made -o data echo").ok
