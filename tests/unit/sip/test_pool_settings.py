"""What a pool gives to each of its workers."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.pool import PoolSettings


def pool(**fields: Any) -> PoolSettings:
    return PoolSettings(run_directory=Path("/run/goldenhour"), **{"workers": 2, **fields})


@given(workers=st.integers(1, 40), first=st.integers(10_000, 20_000), ports=st.integers(1_000, 20_000))
def test_no_two_workers_share_an_rtp_port(workers: int, first: int, ports: int) -> None:
    settings = pool(workers=workers, rtp_port_from=first, rtp_port_to=first + ports - 1)
    ranges = [settings.worker(name).station_settings for name in settings.worker_names()]
    for one, next_one in pairwise(ranges):
        assert one.rtp_port_to < next_one.rtp_port_from
    assert ranges[0].rtp_port_from >= first
    assert ranges[-1].rtp_port_to <= first + ports - 1
    assert all((one.rtp_port_from - first) % 2 == 0 for one in ranges)


@given(max_legs=st.integers(2, 2000), slack=st.none() | st.integers(0, 50))
def test_every_worker_keeps_room_for_one_line_whatever_the_slack(max_legs: int, slack: int | None) -> None:
    kept = pool(slack_legs=slack).slack(max_legs)
    assert 0 <= kept <= max_legs - 2


def test_the_stock_build_keeps_two_legs_of_four_and_a_large_one_an_eighth() -> None:
    assert pool().slack(4) == 2
    assert pool().slack(1024) == 128
    assert pool(slack_legs=5).slack(1024) == 5


def test_sip_ports_are_counted_up_or_left_to_the_kernel() -> None:
    assert [pool(sip_port_from=5060).worker(name).station_settings.sip_port for name in ("w1", "w2")] == [5060, 5061]
    assert pool().worker("w2").station_settings.sip_port == 0


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"workers": 0}, "workers must be at least 1, not 0"),
        ({"workers": 5, "rtp_port_from": 20000, "rtp_port_to": 20050}, "has 51 ports for 5 workers"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_the_reason(fields: dict[str, int], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        pool(**fields)
