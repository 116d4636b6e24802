"""narrow.py LISTEN TARGET FILE: passes TCP connections on to the Unix socket TARGET; answers come
with as many bytes a second as FILE says."""
import asyncio
import sys
import time

PIECE = 16384


def rate(file):
    """A shell that writes the file empties it first."""
    while True:
        with open(file, encoding="ascii") as text:
            if words := text.read().strip():
                return float(words)


async def passed(reader, writer, file):
    began, count = time.monotonic(), 0
    while data := await reader.read(PIECE):
        if file:
            count += len(data)
            ahead = count / rate(file) - (time.monotonic() - began)
            if ahead < -0.1:
                began, count = time.monotonic(), 0
            await asyncio.sleep(max(0, ahead))
        writer.write(data)
        await writer.drain()
    writer.close()


async def connected(reader, writer):
    from_target, to_target = await asyncio.open_unix_connection(sys.argv[2])
    await asyncio.gather(passed(reader, to_target, None), passed(from_target, writer, sys.argv[3]),
                         return_exceptions=True)


async def main():
    server = await asyncio.start_server(connected, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
