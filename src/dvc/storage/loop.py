"""An event loop in a thread of its own, for libraries that know no other way. Owned by the adaptor that needs it."""

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast

from dvc.storage.contract import AccessDenied, StorageProblem, Take

A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")
_PATIENCE = 2.0  # seconds for work that is called off to end


class Loop:
    """Begun when it is first asked; any thread may ask. It ends by `close`, or when nobody has it any more. `leaving`: what it does
    before that."""

    def __init__(self) -> None:
        self.leaving: list[Callable[[], Awaitable[object]]] = []
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` comes to. It is called off when the caller is interrupted."""
        with self._lock:
            if self._closed:
                work.close()
                raise RuntimeError("the storage is closed")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=_serve, args=(self._loop,), daemon=True)
                self._thread.start()
                weakref.finalize(self, _stop, self._loop, self.leaving).atexit = False  # the thread ends with the process
        ended = threading.Event()
        leaving: list[BaseException] = []

        async def noticed() -> T | None:
            try:
                return await work
            except (KeyboardInterrupt, SystemExit) as why:  # asyncio would end the loop, and leave the caller waiting
                leaving.append(why)
                return None
            finally:
                ended.set()

        running = asyncio.run_coroutine_threadsafe(noticed(), self._loop)
        try:
            answer = running.result()
            if leaving:
                raise leaving[0]
            return cast("T", answer)
        except BaseException:
            if not ended.is_set() and running.cancel():
                ended.wait(_PATIENCE)
            raise

    def each(self, asked: Sequence[A], ask: Callable[[A], Awaitable[R]], jobs: int, take: Take[A, R]) -> None:
        """`ask` of each, up to `jobs` at a time, all in the loop's thread: `take` is called there, too. What `ask` or `take` raise
        otherwise than StorageProblem and OSError ends it, and so does AccessDenied."""
        self.run(_each(asked, ask, jobs, take))

    def close(self) -> None:
        with self._lock:
            self._closed = True
        if self._loop is not None and self._thread is not None:
            _stop(self._loop, self.leaving)
            self._thread.join(_PATIENCE)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _stop(loop: asyncio.AbstractEventLoop, leaving: Sequence[Callable[[], Awaitable[object]]]) -> None:
    async def stop() -> None:
        try:
            for leave in leaving:
                with suppress(Exception):  # nothing hangs on a farewell
                    await asyncio.wait_for(leave(), _PATIENCE)
        finally:
            loop.call_soon(loop.stop)

    last = stop()
    try:
        asyncio.run_coroutine_threadsafe(last, loop)
    except RuntimeError:  # it has ended already
        last.close()


async def _each(asked: Sequence[A], ask: Callable[[A], Awaitable[R]], jobs: int, take: Take[A, R]) -> None:
    waiting = iter(asked)

    async def work() -> None:
        for one in waiting:
            try:
                answer: R | StorageProblem | OSError = await ask(one)
            except AccessDenied:
                raise
            except (StorageProblem, OSError) as why:
                answer = why
            take(one, answer)

    workers = [asyncio.ensure_future(work()) for _ in range(min(jobs, len(asked)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
