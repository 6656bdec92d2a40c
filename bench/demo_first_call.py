"""From typing `make demo` to the first conversation, in a fresh clone: with warm pip caches, and with none.

The bare run takes away pip's cache as well; the network to the package index is part of it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path

from bench.figure import Figure, Goal

ROOT = Path(__file__).resolve().parent.parent
MARK = b"First conversation"
DEADLINE_S = 600.0


async def measure() -> list[Figure]:
    await _first_call({})  # fills the caches
    warm, bare = await _first_call({}), await _first_call({"PIP_NO_CACHE_DIR": "1"})
    measured = {"measured": "fresh clone, `make demo`, to the first conversation"}
    return [
        Figure(figure="demo_first_call_warm", value=warm, unit="s", goal=Goal("<=", 60.0), details=measured),
        Figure(figure="demo_first_call_bare", value=bare, unit="s", goal=Goal("<=", 300.0), details=measured),
    ]


async def _first_call(environment: dict[str, str]) -> float:
    folder = Path(tempfile.mkdtemp(prefix="goldenhour-clone-"))
    try:
        clone = folder / "goldenhour"
        await _run("git", "clone", "--quiet", str(ROOT), str(clone))
        return await _timed(clone, {**os.environ, **environment})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    if await process.wait():
        raise RuntimeError(f"{' '.join(command)} failed")


async def _timed(clone: Path, environment: dict[str, str]) -> float:
    since = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        "make",
        "demo",
        "ARGS=--headless --json --leads 8 --seconds 15",
        cwd=clone,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(DEADLINE_S):
        async for line in process.stderr:
            said += line
            if MARK in line:
                seconds = time.monotonic() - since
                await process.communicate()
                return round(seconds, 1)
    raise RuntimeError(f"no conversation: {said.decode(errors='replace')[-2000:]}")
