"""A worker of another version that holds the name w1: `python -m tests.integration.sip.stranger RUN_DIRECTORY`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from sip.worker.frames import Refusal, pack, read_from_engine
from sip.worker.lock import held
from sip.worker.settings import WorkerFiles


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await read_from_engine(reader)
    writer.write(pack(Refusal(protocol=99, reason="this worker speaks protocol 99")))
    await writer.drain()
    writer.close()


async def main(files: WorkerFiles) -> None:
    with held(files.lock):
        server = await asyncio.start_unix_server(refuse, files.socket)
        print("listening", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(WorkerFiles(Path(sys.argv[1]), "w1")))
