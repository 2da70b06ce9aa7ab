"""A new stage with `${}` in it: what its templates will make of it is told, as DVC 3 writes it whatever it is."""

import json

from tests.world import World


def test_an_output_that_a_template_makes_clash_is_told_when_the_stage_is_added(world: World) -> None:
    world.project()
    world.write("params.yaml", "x: out\n")
    world.write("dvc.yaml", "stages:\n  a: {cmd: e, outs: [out.txt]}\n")
    added = world.dvc(["stage", "add", "-n", "b", "-o", "${x}.txt", "echo"])
    assert added.ok
    assert "'out.txt' belongs to stage 'a' of 'dvc.yaml' and to stage 'b' of 'dvc.yaml'" in added.err
    assert world.dvc("repro").code == 255
    world.write("params.yaml", "x: other\n")
    assert world.dvc("status").ok


def test_a_group_is_not_replaced_in_silence(world: World) -> None:
    world.project()
    world.write("dvc.yaml", "stages:\n  g:\n    foreach: [a, b]\n    do: {cmd: 'echo ${item}'}\n")
    added = world.dvc("stage add -n g echo")
    assert added.ok
    assert "stage 'g' takes the place of the group of that name" in added.err
    world.write("dvc.yaml", "stages:\n  g:\n    foreach: [a, b]\n    do: {cmd: 'echo ${item}'}\n")
    assert "takes the place" not in world.dvc("stage add -f -n g echo").err


def test_words_of_a_command_mean_the_same_when_it_runs(world: World) -> None:
    world.project()
    words = ["two  words", 'say "a  b"', 'it\'s "q  q"', ""]
    world.write("show.py", "import json, sys\njson.dump(sys.argv[1:], open('words.json', 'w'))\n")
    assert world.dvc(["stage", "add", "-q", "-n", "show", "-O", "words.json", "python", "show.py", *words]).ok
    assert world.dvc("repro -q").ok
    assert json.loads(world.read("words.json")) == words
    assert 'python show.py "two  words"' in world.read("dvc.yaml")
