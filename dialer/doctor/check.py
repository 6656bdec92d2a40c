"""One finding about the site, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    PASS = "pass"  # noqa: S105
    WARN = "warn"  # works, with a limit that should be known
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`advice` is "" where nothing has to be done."""

    name: str
    status: Status
    detail: str
    advice: str = ""


def passed(name: str, detail: str) -> Check:
    return Check(name=name, status=Status.PASS, detail=detail)


def warned(name: str, detail: str, advice: str) -> Check:
    return Check(name=name, status=Status.WARN, detail=detail, advice=advice)


def failed(name: str, detail: str, advice: str) -> Check:
    return Check(name=name, status=Status.FAIL, detail=detail, advice=advice)
