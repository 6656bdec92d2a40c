"""Rows a second from a CSV file to judged rows, on one core; the peer asks phonenumbers for every number.

Both read the same rows in the same run: two numbers each, mapped, as E.164 with country and time zone. Ours checks for
duplicates, counts and reports as well. CPU seconds, so that a neighbour on the machine does not count.
"""

from __future__ import annotations

import csv
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import phonenumbers
from phonenumbers import timezone

from bench.figure import Figure, Goal
from dialer.list_file import ListFile, check_list

ROWS = 200_000
PEER_ROWS = 20_000
MOBILE = ("138", "139", "136", "137", "150", "151", "158", "159", "182", "186", "187", "189")
HEADER = "客户编号,客户姓名,手机号码,家庭电话,来源,车型,备注\n"


async def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "list.csv"
        _write(path)
        peer = PEER_ROWS / _seconds(lambda: _by_the_library_alone(path))
        ours = ROWS / _seconds(lambda: _ours(path))
    return [
        Figure(
            figure="list_parse",
            value=round(ours),
            unit="rows/s",
            goal=Goal(">=", 40_000.0),
            peer="csv and phonenumbers alone",
            peer_value=round(peer),
            ratio=round(ours / peer, 2),
            details={
                "rows": ROWS,
                "numbers_per_row": 2,
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            },
        )
    ]


def _seconds(work: Callable[[], None]) -> float:
    since = time.process_time()
    work()
    return time.process_time() - since


def _write(path: Path) -> None:
    chance = random.Random(3)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for row in range(ROWS):
            mobile = f"{chance.choice(MOBILE)}{chance.randrange(10**8):08d}"
            home = f"021-{chance.choice('56')}{chance.randrange(10**7):07d}"
            file.write(f"C{row},王小芳,{mobile},{home},web,SUV,来电咨询过\n")


def _ours(path: Path) -> None:
    report = check_list(ListFile(path, path.name, country="CN"))
    assert report.quality.rows == ROWS


def _by_the_library_alone(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for _, values in zip(range(PEER_ROWS), reader, strict=False):
            for text in values[2:4]:
                number = phonenumbers.parse(text, "CN")
                assert phonenumbers.is_valid_number(number)
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                phonenumbers.region_code_for_number(number)
                timezone.time_zones_for_number(number)
