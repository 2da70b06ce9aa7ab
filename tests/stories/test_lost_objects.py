"""What stands in the workspace while the cache lacks what the metadata names."""

from tests.world import World


def test_checkout_of_a_lost_version_leaves_no_other_version_in_its_place(world: World) -> None:
    world.project()
    world.track("data.csv", "v1")
    world.commit("v1")
    world.track("data.csv", "v2")
    world.commit("v2")
    assert world.dvc("gc -w -f").ok  # v1 is gone for good, v2 is in the cache
    world.git("checkout -q HEAD~1 -- data.csv.dvc")
    assert not world.dvc("checkout").ok
    assert not world.exists("data.csv")
    world.git("checkout -q HEAD -- data.csv.dvc")
    assert world.dvc("checkout").ok
    assert world.read("data.csv") == "v2"


def test_checkout_of_a_lost_version_keeps_what_no_cache_has(world: World) -> None:
    world.project()
    world.track("data.csv", "v1")
    world.commit("v1")
    world.track("data.csv", "v2")
    assert world.dvc("gc -w -f").ok
    world.write("data.csv", "never added")
    world.git("checkout -q HEAD -- data.csv.dvc")
    assert not world.dvc("checkout").ok
    assert world.read("data.csv") == "never added"
