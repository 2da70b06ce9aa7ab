"""What may run next."""

from dvc.pipeline.schedule import Schedule


def test_stages_come_in_order_as_far_as_they_are_ready() -> None:
    schedule = Schedule(["a", "b", "c", "d"], {"a": (), "b": ("a",), "c": (), "d": ("c", "elsewhere")})
    assert [schedule.next(), schedule.next(), schedule.next()] == ["a", "c", None]
    schedule.done("c")
    assert [schedule.next(), schedule.next()] == ["d", None]
    schedule.done("a")
    schedule.done("d")
    assert schedule.next() == "b"
    schedule.done("b")
    assert schedule.left == 0


def test_a_stage_that_was_put_back_comes_before_later_ones() -> None:
    schedule = Schedule(["a", "b", "c"], {"a": (), "b": (), "c": ()})
    first = schedule.next()
    assert first == "a"
    schedule.put_back(first)
    assert [schedule.next(), schedule.next(), schedule.next()] == ["a", "b", "c"]


def test_of_a_group_one_runs_at_a_time() -> None:
    gpu = frozenset(["gpu"])
    schedule = Schedule(["a", "b", "c"], {"a": (), "b": (), "c": ()}, {"a": gpu, "b": gpu | {"db"}})
    assert [schedule.next(), schedule.next(), schedule.next()] == ["a", "c", None]
    schedule.done("a")
    assert schedule.next() == "b"
    schedule.put_back("b")
    assert schedule.next() == "b"


def test_one_at_a_time_is_the_order_itself() -> None:
    order = ["c", "a", "d", "b"]
    schedule = Schedule(order, {"c": (), "a": ("c",), "d": (), "b": ("a", "d")})
    got = []
    while (address := schedule.next()) is not None:
        got.append(address)
        schedule.done(address)
    assert got == order
