"""A proxy before a server that counts what is asked and how many bytes go, and can add latency. Bytes pass as they are."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_REQUEST = re.compile(rb"(GET|PUT|POST|HEAD|DELETE) (\S+) HTTP/1\.1\r\n")
_BLOCK = 1 << 18


class Meter:
    """`up`, `down`: bytes to and from the server. `asked`: (method, path and query) of each request of HTTP, in their order."""

    def __init__(self, port: int, delay: float) -> None:
        self.up = self.down = 0
        self.asked: list[tuple[str, str]] = []
        self._to, self._delay = port, delay
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listening.getsockname()[1])
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def clear(self) -> None:
        self.up = self.down = 0
        self.asked.clear()

    def serve(self) -> None:
        while True:
            try:
                near = self._listening.accept()[0]
            except OSError:
                return  # closed: this is the end
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                near.close()
                continue
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                self._threads.append(threading.Thread(target=self._pump, args=(source, target, target is far), daemon=True))
                self._threads[-1].start()

    def _pump(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_BLOCK):
                if up:
                    self.up += len(data)
                    self.asked += [(method.decode(), path.decode()) for method, path in _REQUEST.findall(data[:4096])]
                else:
                    self.down += len(data)
                if self._delay:
                    time.sleep(self._delay / 2)  # half of a round trip in each direction
                target.sendall(data)
        for one in (source, target):  # whoever left: the other is told at once
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes who waits there
        self._listening.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in self._open:
            one.close()


@contextmanager
def metered(port: int, delay: float = 0) -> Iterator[Meter]:
    """A proxy before the server on `port`; `delay`: seconds that it adds to each round trip."""
    meter = Meter(port, delay)
    thread = threading.Thread(target=meter.serve, daemon=True)
    thread.start()
    try:
        yield meter
    finally:
        meter.close()
        thread.join(5)
