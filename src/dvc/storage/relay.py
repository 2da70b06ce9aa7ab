"""A program: `relay.py HOST PORT` leads from a port of the loopback, which it prints, to HOST over TLS, whoever answers there.

It ends with the process that started it: when its standard input does. It needs nothing but the standard library. See `trust`.
"""

import asyncio
import ssl
import sys
from contextlib import suppress

_CHUNK = 1 << 18


async def serve(host: str, port: int) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(host, port, ssl=context)
        except OSError:
            writer.close()  # the client sees a lost connection, and says so
            return
        await asyncio.gather(_pump(reader, back), _pump(there, writer))

    server = await asyncio.start_server(lead, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # either side may go at any time; the client finds out by what did not come
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()
    with suppress(OSError):
        target.close()
        await target.wait_closed()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
