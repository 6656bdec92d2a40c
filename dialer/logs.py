"""Logs on standard error: a line for people or a JSON object, telephone numbers masked in either."""

from __future__ import annotations

import logging
import re
import sys
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from dialer.config import LogSection

_NUMBER: Final = re.compile(r"(?<![\w.:-])(\+?\d{3})\d{3,10}(\d{2})(?![\w.:-])")


def masked(text: str) -> str:
    """Enough of a telephone number to recognise it, too little to call it: `+86*****78`."""
    return _NUMBER.sub(r"\1*****\2", text)


def set_up_logs(settings: LogSection) -> None:
    """For structlog and for the libraries that use `logging`, in this process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask_numbers,
    ]
    last = structlog.processors.JSONRenderer() if settings.json_lines else _for_people()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([structlog.processors.format_exc_info] if settings.json_lines else []),
            last,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for noisy in ("apscheduler", "uvicorn", "httpx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.level.upper())),
        cache_logger_on_first_use=False,
    )


def mask_numbers(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if isinstance(value, str) and key not in ("timestamp", "level", "logger"):
            event[key] = masked(value)
    return event


def _for_people() -> Processor:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
