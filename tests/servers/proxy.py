"""A TCP proxy before a server of the tests that does to what passes what bad links and busy servers do, where a test says.

Faults are placed by what passes (a position in a connection, or after some bytes of a file), never by the clock, so that they
hit the same place on every run, whatever order the threads of a client run in.

    with proxy(port) as bad:
        with bad.doing(Cut(down=True, after=b"begin")) as fault:
            ...
        assert fault.struck

It is a process of its own: some calls of client libraries let no other thread of their process run while they wait.
"""

import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass

_CHUNK = 1 << 16


@dataclass
class Fault:
    """`down`: in what comes from the server, else in what goes to it. It strikes `after` these bytes, or `at` a position of each
    connection; `times` is how often, None for always. `struck` counts, and is known when it is over."""

    down: bool = True
    at: int = 0
    after: str = ""
    times: int | None = None
    struck: int = 0

    def strikes(self) -> bool:
        with _lock:
            if self.times is not None and self.struck >= self.times:
                return False
            self.struck += 1
            return True

    def place(self, before: bytes, data: bytes, position: int) -> int | None:
        """Where in `data` (which comes at `position`, after the bytes `before`) this fault belongs; None for nowhere in it."""
        if self.after:
            found = (before + data).find(self.after.encode())
            end = found + len(self.after) - len(before)
            return end if found >= 0 and 0 <= end < len(data) else None
        return self.at - position if position <= self.at < position + len(data) else None


class Cut(Fault):
    """The connection is gone."""


class Flip(Fault):
    """One bit is another."""


class Hush(Fault):
    """The connection ends as if that was all."""


@dataclass
class Answer(Fault):
    """HTTP: the proxy answers with `status` in the server's stead; `method` chooses requests (a regular expression)."""

    status: int = 503
    headers: str = ""
    method: str = ".*"


_KINDS: dict[str, type[Fault]] = {kind.__name__: kind for kind in (Cut, Flip, Hush, Answer)}


class Proxy:
    """`port` leads to the port `to`."""

    def __init__(self, process: "subprocess.Popen[str]", to: int) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._asking, self._answers = process.stdin, process.stdout
        self.to = to
        self.port = int(self._answers.readline())

    @contextmanager
    def doing(self, fault: Fault | None) -> Iterator[Fault | None]:
        self._set(fault)
        try:
            yield fault
        finally:
            struck = self._set(None)
            if fault is not None:
                fault.struck = struck

    def _set(self, fault: Fault | None) -> int:
        """Returns how often the fault before it struck."""
        print(
            json.dumps(None if fault is None else {**asdict(fault), "kind": type(fault).__name__, "struck": 0}),
            file=self._asking,
            flush=True,
        )
        return int(self._answers.readline())


@contextmanager
def proxy(to: int) -> Iterator[Proxy]:
    """Before the server on the port `to` of this machine."""
    with subprocess.Popen([sys.executable, __file__, str(to)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Proxy(process, to)
        finally:
            process.terminate()


def through(bad: Proxy, url: str, options: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The same remote by way of the proxy."""

    def moved(value: str) -> str:
        return re.sub(rf"(127\.0\.0\.1|localhost):{bad.to}\b", rf"\1:{bad.port}", value)

    return moved(url), {name: moved(value) for name, value in options.items()}


def port_of(url: str, options: Mapping[str, str]) -> int:
    """The one port that a remote's URL and options name."""
    (port,) = set(re.findall(r"(?:127\.0\.0\.1|localhost):(\d+)", " ".join([url, *options.values()])))
    return int(port)


# --- the process


class _State:
    def __init__(self, to: int) -> None:
        self.to = to
        self.fault: Fault | None = None
        self.open: set[socket.socket] = set()

    def begin(self, fault: Fault) -> None:
        """On connections that are new: clients keep theirs, and a position counts from the first byte."""
        with _lock:
            old, self.open = self.open, set()
        self.fault = fault
        for one in old:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


_lock = threading.Lock()


def _main(to: int) -> None:
    state = _State(to)
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        print(listening.getsockname()[1], flush=True)
        threading.Thread(target=_serve, args=(state, listening), daemon=True).start()
        for line in sys.stdin:
            before, wanted = state.fault, json.loads(line)
            if wanted:
                state.begin(_KINDS[wanted.pop("kind")](**wanted))
            else:
                state.fault = None
            print(before.struck if before else 0, flush=True)


def _serve(state: _State, listening: socket.socket) -> None:
    while True:
        client, _ = listening.accept()
        threading.Thread(target=_connection, args=(state, client), daemon=True).start()


def _connection(bad: _State, client: socket.socket) -> None:
    try:
        server = socket.create_connection(("127.0.0.1", bad.to))
    except OSError:
        _close(client)
        return
    with _lock:
        bad.open |= {client, server}
    for one in (client, server):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    up = threading.Thread(target=_pump, args=(bad, client, server, False), daemon=True)
    up.start()
    _pump(bad, server, client, True)
    up.join()
    with _lock:
        bad.open -= {client, server}
    _close(client)
    _close(server)


def _pump(bad: _State, source: socket.socket, target: socket.socket, down: bool) -> None:
    position, before = 0, b""
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            fault = bad.fault
            if isinstance(fault, Answer):
                if not down and _answered(fault, source, data):
                    _close(target)
                    return
            elif fault is not None and fault.down is down:
                place = fault.place(before, data, position)
                if place is not None and fault.strikes():
                    if not isinstance(fault, Flip):
                        target.sendall(data[:place])
                        if isinstance(fault, Cut):
                            _close(source)
                        _close(target)
                        return
                    data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            target.sendall(data)
            position += len(data)
            before = (before + data)[-64:]
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _answered(fault: Answer, client: socket.socket, data: bytes) -> bool:
    """Whether `data` begins a request that is answered here. The whole request is taken first, as servers do."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found or not re.match(rf"(?:{fault.method}) ", head.decode("latin-1")) or not fault.strikes():
        return False
    size = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    lacking = int(size[1]) - len(body) if size else 0
    if b"100-continue" in head.lower():
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    while lacking > 0 and (more := client.recv(_CHUNK)):
        lacking -= len(more)
    client.sendall(f"HTTP/1.1 {fault.status} Made Up\r\n{fault.headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
    _close(client)
    return True


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


if __name__ == "__main__":
    _main(int(sys.argv[1]))
