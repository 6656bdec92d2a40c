"""The doctor finds what is wrong with a site before a campaign does, and says what to do."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dialer.config import Config, RecordingsSection
from dialer.config_file import config_for, load_config
from dialer.doctor import examine, machine
from dialer.doctor.check import Check, Status
from dialer.doctor.lines import judge
from sip.events import LegStatistics, Levels
from sip.pool import LinePool, PoolSettings
from sip.simulator.behaviour import Seconds, stock_plan
from sip.simulator.carrier import SimulatedCarrier
from sip.simulator.sounds import prepare
from tests.integration.cli.conftest import Terminal


def test_a_full_disk_fails_and_a_filling_one_warns(tmp_path: Path) -> None:
    def verdict(smallest_free_mb: int) -> Status:
        config = config_for(tmp_path)
        keep = RecordingsSection(smallest_free_mb=smallest_free_mb)
        return machine.check_disk(config.model_copy(update={"recordings": keep})).status

    free_mb = machine.shutil.disk_usage(tmp_path).free // 1_000_000
    assert verdict(free_mb + 1000) is Status.FAIL
    assert verdict(free_mb // 2) is Status.WARN
    assert verdict(max(10, free_mb // 100)) is Status.PASS


def test_a_data_directory_open_to_others_is_noticed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    check = machine.check_data(config_for(tmp_path))
    assert (check.status, check.advice) == (Status.WARN, f"chmod 700 {tmp_path}")
    tmp_path.chmod(0o700)
    assert machine.check_data(config_for(tmp_path)).status is Status.PASS


@pytest.mark.parametrize("kind", ["wav", "opus"])
def test_the_format_of_the_recordings_is_tried(tmp_path: Path, kind: str) -> None:
    config = config_for(tmp_path).model_copy(update={"recordings": RecordingsSection.model_validate({"format": kind})})
    assert machine.check_sound(config).status is Status.PASS


@pytest.mark.parametrize(
    ("sent", "received", "level", "status", "says"),
    [
        (150, 150, 0.2, Status.PASS, "in both directions"),
        (150, 0, 0.0, Status.FAIL, "no sound comes back"),
        (0, 150, 0.2, Status.FAIL, "no sound leaves"),
        (150, 150, 0.0, Status.WARN, "silent"),
    ],
)
def test_a_test_call_is_judged_by_its_sound(sent: int, received: int, level: float, status: Status, says: str) -> None:
    statistics = LegStatistics(codec="PCMA", packets_sent=sent, packets_received=received)
    check = judge("echo call", Levels(received=level, sent=0.3), statistics)
    assert check.status is status
    assert says in check.detail


def test_a_test_call_needs_a_trunk_that_is_configured(terminal: Terminal) -> None:
    assert "known: carrier" in terminal.refuses("doctor", "--echo", "9196", "--trunk", "x")
    (terminal.site / "goldenhour.toml").write_text("")
    assert "a test call needs a trunk" in terminal.refuses("doctor", "--echo", "9196")


async def findings(config: Config, echo: str = "") -> dict[str, Check]:
    found: list[Check] = []
    await examine(config, found.append, echo=echo)
    return {check.name: check for check in found}


@asynccontextmanager
async def carrier(tmp_path: Path) -> AsyncIterator[str]:
    settings = PoolSettings(
        run_directory=tmp_path / "c", workers=1, worker_prefix="c", accept_incoming=True, rtp_port_from=36800,
        rtp_port_to=37199,
    )  # fmt: skip
    plan = stock_plan(ring=Seconds(mean=0.3), talk=Seconds(mean=30.0))
    carrier = SimulatedCarrier(LinePool(settings), plan, await asyncio.to_thread(prepare, tmp_path / "sounds"))
    async with carrier.running():
        yield carrier.address


def site(tmp_path: Path, address: str, extra: str = "") -> Config:
    path = tmp_path / "goldenhour.toml"
    workers = "[workers]\nrtp_port_from = 37200\nrtp_port_to = 37999\n"
    path.write_text(f'{workers}[[trunks]]\nname = "carrier"\naddress = "{address}"\n{extra}')
    return load_config(path, {})


@pytest.mark.sip
async def test_a_test_call_over_a_working_trunk_is_heard_both_ways(tmp_path: Path) -> None:
    async with carrier(tmp_path) as address:
        found = await findings(site(tmp_path, address), echo="+8613812340001")
    echo = found["echo call to +8613812340001"]
    assert echo.status is Status.PASS, echo
    assert found["digest"].status is Status.PASS
    assert found["pjsua2"].status is Status.WARN, "the stock build has one line in each worker, and says so"
    assert not [check for check in found.values() if check.status is Status.FAIL]


@pytest.mark.sip
async def test_a_number_that_says_nothing_or_is_busy_does_not_pass(tmp_path: Path) -> None:
    async with carrier(tmp_path) as address:
        config = site(tmp_path, address, 'echo = "+8613812340009"\n')
        silent = (await findings(config))["echo call to +8613812340009"]
        busy = (await findings(config, echo="+8613812340002"))["echo call to +8613812340002"]
    assert silent.status is not Status.PASS, silent
    assert "silent" in silent.detail or "no sound" in silent.detail
    assert busy.status is Status.FAIL, busy
    assert "BUSY (486)" in busy.detail


@pytest.mark.sip
def test_a_trunk_that_cannot_register_fails_the_command(terminal: Terminal) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    terminal.write(
        "goldenhour.toml",
        f'[[trunks]]\nname = "deaf"\naddress = "127.0.0.1:{port}"\nregister = true\nuser = "4001"\npassword = "x"\n',
    )
    result = terminal.run("doctor", "--json")
    assert result.exit_code == 2
    checks = {check["name"]: check for check in json.loads(result.stdout)}
    assert checks["trunk deaf"]["status"] == "fail"
    assert "firewall" in checks["trunk deaf"]["advice"]
