"""Each call of the engine that writes goes wrong in turn, in process: nothing is lost, the command says so, the next run completes."""

import pytest

from dvc.exceptions import EngineProblem
from tests.failing import Failing, Killed
from tests.faults.harness import SCENARIOS, Box, Scenario, look
from tests.faults.judge import but_for_ignored, difference, harm, same
from tests.world import World

FAULTS = (Killed(), EngineProblem("no-space", "cache", "no space left"), "io")

WITHOUT_ENGINE = ("remove", "move", "stage-add")  # commands that write metadata alone


@pytest.mark.parametrize("fault", FAULTS, ids=["killed", "raised", "reported"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_a_failing_engine_loses_nothing(world, monkeypatch, tmp_path_factory, scenario, fault):
    project = Box(tmp_path_factory.mktemp("project"))
    scenario.prepare(project)
    before = look(project)
    done = project.copy(tmp_path_factory.mktemp("done") / "box")
    assert run(world, monkeypatch, done, scenario).code == 0
    after = look(done)
    for at in range(1, 100):
        trial = project.copy(tmp_path_factory.mktemp("trial") / "box")
        with monkeypatch.context() as patched:
            failing = Failing(patched, at=at, how=fault)
            try:
                ended = run(world, monkeypatch, trial, scenario)
            except Killed:
                ended = None
        if not failing.failed:
            assert at > 1 or scenario.name in WITHOUT_ENGINE, "nothing was made to fail"
            break
        call = f"call {at}, {failing.calls[-1]}"
        now = look(trial)
        assert list(harm(scenario, now, before, after)) == [], call
        if ended is not None:
            assert "Traceback" not in ended.err, call
            assert ended.code != 0 or same(now, after), f"{call}: {difference(now, after)}"
        again = run(world, monkeypatch, trial, scenario)
        assert again.code == 0 or (scenario.again and scenario.again(trial)), f"{call}: {again.err}"
        final = look(trial)
        if again.code != 0:  # the first run had come so far that there was nothing left to run again
            final = but_for_ignored(final, after)
        assert list(harm(scenario, final, before, after)) == [], call
        assert same(final, after), f"{call}: {difference(final, after)}"
    else:
        raise AssertionError("the command does not end")


def run(world: World, monkeypatch: pytest.MonkeyPatch, box: Box, scenario: Scenario):
    monkeypatch.setattr(world, "path", box.work)
    return world.dvc(scenario.command)
