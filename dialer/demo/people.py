"""A sample list: invented people with invented mobile numbers, as a CSV file like those planners get."""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path
from typing import Final

SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN: Final = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "洋",
    "勇",
    "艳",
    "杰",
    "涛",
    "明",
    "超",
    "秀英",
    "建国",
    "晓东",
)
CITIES: Final = ("上海", "北京", "广州", "深圳", "杭州", "成都", "武汉", "南京")
MODELS: Final = ("A3", "B5", "C7", "X1", "Q2")
PREFIXES: Final = ("135", "136", "137", "138", "139", "150", "158", "186", "188")
HEADER: Final = ("客户姓名", "手机", "城市", "意向车型")


def write_sample_list(path: Path, *, leads: int, seed: int, ending: str = "") -> Path:
    """`leads` rows with different numbers; the same seed writes the same list."""
    digits = 8 - len(ending)
    chance = random.Random(seed)  # noqa: S311 - invented people, not secrets
    numbers: set[str] = set()
    while len(numbers) < leads:
        numbers.add(chance.choice(PREFIXES) + f"{chance.randrange(10**digits):0{digits}d}{ending}")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for number in sorted(numbers, key=lambda _: chance.random()):
            name = chance.choice(SURNAMES) + chance.choice(GIVEN)
            out.writerow((name, number, chance.choice(CITIES), chance.choice(MODELS)))
    draft.rename(path)
    return path
