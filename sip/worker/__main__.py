"""`python -m sip.worker --settings FILE.json`: one line worker, started by the pool."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import msgspec
import structlog

from sip.worker.lock import AlreadyRunning
from sip.worker.main import run
from sip.worker.settings import WorkerSettings
from sip.worker.station import station_factory

log = structlog.get_logger(__name__)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m sip.worker", description="Run one line worker.")
    parser.add_argument("--settings", type=Path, required=True, help="JSON file that the pool wrote")
    path: Path = parser.parse_args(arguments).settings
    structlog.configure(processors=[structlog.processors.TimeStamper(fmt="iso", utc=True),
                                    structlog.processors.add_log_level,
                                    structlog.processors.format_exc_info,
                                    structlog.processors.JSONRenderer()])  # fmt: skip
    try:
        settings = msgspec.json.decode(path.read_bytes(), type=WorkerSettings)
    except (OSError, msgspec.DecodeError) as error:
        log.error("settings not readable", file=str(path), error=str(error))
        return 2
    try:
        return run(settings, station_factory(settings.station))
    except AlreadyRunning as error:
        log.error("not started", error=str(error))
        return 3


def entry() -> None:
    """Ends the process by `os._exit`: the interpreter's own teardown would free pjsua2 objects on a wrong thread."""
    status = 1
    try:
        status = main(sys.argv[1:])
    except Exception:  # the root of the process: report, then end for certain
        log.exception("worker failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    entry()
