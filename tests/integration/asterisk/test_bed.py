"""The bed itself: it starts clean, several run side by side, and nothing is left of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.asterisk import instance
from tests.asterisk.chroot import BedUnavailable, chroot
from tests.asterisk.instance import running_asterisk
from tests.asterisk.options import options_status
from tests.softphone import sipp

pytestmark = pytest.mark.asterisk


def _processes(directory: Path) -> list[int]:
    """Processes whose command line names the instance's directory."""
    name = directory.name.encode()
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return [pid for pid in pids if name in _command_line(pid)]


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it ended while we looked
        return b""


def test_a_fresh_bed_has_nothing_to_complain_about() -> None:
    with running_asterisk(chroot()) as bed:
        complaints = [line for line in bed.log().splitlines() if "WARNING" in line or "ERROR" in line]
        assert complaints == []
        assert bed.cdrs() == []


def test_nothing_is_left_of_a_bed() -> None:
    with running_asterisk(chroot()) as bed:
        assert _processes(bed.directory)
    assert not _processes(bed.directory)
    assert not bed.directory.exists()
    assert options_status(bed.sip_address) == 0


def test_asterisk_does_not_run_as_root() -> None:
    with running_asterisk(chroot()) as bed:
        (pid,) = _processes(bed.directory)
        assert Path(f"/proc/{pid}").stat().st_uid == (chroot() / "var/lib/asterisk").stat().st_uid != 0


@pytest.mark.foreign
async def test_two_beds_run_side_by_side_with_their_own_passwords_and_records() -> None:
    with running_asterisk(chroot()) as one, running_asterisk(chroot()) as other:
        assert one.trunk_password != other.trunk_password
        heard = await sipp.call("invite", other.address_trunk_address, "13800000010", FINAL=486)
        assert (await other.cdr(heard.call_id)).disposition == "BUSY"
        assert one.cdrs() == []


def test_a_bed_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "CONFIGURE", Path(__file__).parent / "configure_broken.sh")
    with pytest.raises(BedUnavailable, match="does not answer"), running_asterisk(chroot()):
        pass
