"""The event loop of libraries that want one: it does not outlive who asked for it."""

import gc
import threading

from dvc.storage.loop import Loop


async def answer() -> int:
    return 7


def threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "_serve" in thread.name}


def test_a_loop_that_nobody_has_any_more_ends() -> None:
    before = threads()
    loop = Loop()
    said: list[str] = []

    async def leave() -> None:
        said.append("left")

    loop.leaving.append(leave)
    assert loop.run(answer()) == 7
    begun = threads() - before
    assert len(begun) == 1
    del loop
    gc.collect()
    for thread in begun:
        thread.join(10)
        assert not thread.is_alive()
    assert said == ["left"]


def test_a_closed_loop_has_ended() -> None:
    before = threads()
    loop = Loop()
    loop.run(answer())
    loop.close()
    assert threads() == before
