"""A proxy before a server that counts what is asked and how many bytes go, and can add latency. Bytes pass as they are."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_REQUEST = re.compile(rb"(GET|PUT|POST|HEAD|DELETE) (\S+) HTTP/1\.1\r\n")
_BLOCK = 1 << 18


class Meter:
    """`up`, `down`: bytes to and from the server. `asked`: (method, path and query) of each request of HTTP, in their order."""

    def __init__(self, port: int, delay: float) -> None:
        self.up = self.down = 0
        self.asked: list[tuple[str, str]] = []
        self.port = 0
        self._to, self._delay = port, delay

    def clear(self) -> None:
        self.up = self.down = 0
        self.asked.clear()

    async def serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._one, "127.0.0.1", 0, limit=_BLOCK)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to, limit=_BLOCK)
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pump(reader, back, up=True), self._pump(there, writer, up=False), return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, up: bool) -> None:
        late: asyncio.Queue[bytes] = asyncio.Queue(64)
        writing = asyncio.create_task(self._write(late, target))
        try:
            while data := await source.read(_BLOCK):
                if up:
                    self.up += len(data)
                    self.asked += [(method.decode(), path.decode()) for method, path in _REQUEST.findall(data[:4096])]
                else:
                    self.down += len(data)
                await late.put(data)
            await late.put(b"")
            await writing
        finally:
            writing.cancel()

    async def _write(self, late: "asyncio.Queue[bytes]", target: asyncio.StreamWriter) -> None:
        while data := await late.get():
            if self._delay:
                await asyncio.sleep(self._delay / 2)  # half of a round trip in each direction
            target.write(data)
            await target.drain()
        target.close()


@contextmanager
def metered(port: int, delay: float = 0) -> Iterator[Meter]:
    """A proxy before the server on `port`; `delay`: seconds that it adds to each round trip."""
    meter = Meter(port, delay)
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        serving = loop.create_task(meter.serve(ready))
        stopping.append(serving)
        try:
            loop.run_until_complete(serving)
        except asyncio.CancelledError:
            pass
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    stopping: list[asyncio.Task[None]] = []
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield meter
    finally:
        loop.call_soon_threadsafe(stopping[0].cancel)
        thread.join(5)
