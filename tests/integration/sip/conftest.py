"""Two stations on loopback: one that dials, one that is dialled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sip.station import StationSettings
from tests.integration.sip import tones
from tests.integration.sip.harness import Pair, StationProcess


@pytest.fixture(scope="module")
def dialer() -> Iterator[StationProcess]:
    station = StationProcess(StationSettings(worker="dialer", rtp_port_from=30000, rtp_port_to=31999))
    yield station
    station.stop()


@pytest.fixture(scope="module")
def far() -> Iterator[StationProcess]:
    settings = StationSettings(worker="far", accept_incoming=True, rtp_port_from=32000, rtp_port_to=33999)
    station = StationProcess(settings)
    yield station
    station.stop()


@pytest.fixture
def pair(dialer: StationProcess, far: StationProcess) -> Iterator[Pair]:
    pair = Pair(dialer, far)
    yield pair
    pair.clear()


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tone-<hertz>.wav of 20 s, short-<hertz>.wav of 0.5 s."""
    folder = tmp_path_factory.mktemp("sounds")
    for hertz in (440, 1000, 1700):
        tones.write(folder / f"tone-{hertz}.wav", hertz, 20.0)
        tones.write(folder / f"short-{hertz}.wav", hertz, 0.5)
    return folder
