"""Files that come with a request: a private copy on the disk for as long as they are worked on."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePath

from fastapi import UploadFile


@asynccontextmanager
async def on_disk(upload: UploadFile, directory: Path) -> AsyncIterator[Path]:
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".upload-", suffix=".csv") as copy:
        await asyncio.to_thread(shutil.copyfileobj, upload.file, copy)
        copy.flush()
        yield Path(copy.name)


def plain_name(name: str | None) -> str:
    """Only the last part, without control characters: it becomes part of a file name of ours."""
    last = PurePath((name or "").replace("\\", "/")).name
    return "".join(c for c in last if c.isprintable())[:120] or "list.csv"
