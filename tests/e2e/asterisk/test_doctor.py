"""`goldenhour doctor` in front of a carrier that is there: before the first campaign, and with a password mistyped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from sip.trunks import Trunk
from tests.asterisk.cdr import Cdr
from tests.asterisk.instance import Asterisk
from tests.e2e.asterisk.people import number
from tests.e2e.site import new_site, running_site, trunk_section

pytestmark = [pytest.mark.asterisk, pytest.mark.sip]

MISTYPED: Final = "Wr0ng-Secret"
ECHO: Final = number(520, 0, "04")
# What the stock build cannot do is said, and keeps nobody from working.
LIMITS_OF_THE_STOCK_BUILD: Final = {"pjsua2", "sip tls"}


@dataclass(frozen=True, slots=True)
class Findings:
    code: int
    checks: list[dict[str, Any]]

    def of(self, name: str) -> dict[str, Any]:
        return next(check for check in self.checks if check["name"] == name)

    def named(self, status: str) -> set[str]:
        return {check["name"] for check in self.checks if check["status"] == status}


def _with_echo(trunk: Trunk) -> str:
    return trunk_section(trunk, echo=ECHO)


def _echoes(records: Sequence[Cdr]) -> list[Cdr]:
    return [record for record in records if record.called == ECHO]


async def test_a_healthy_site_passes_every_check_beside_its_running_server(asterisk: Asterisk, tmp_path: Path) -> None:
    trunks = (_with_echo(asterisk.digest_trunk("carrier")), asterisk.address_trunk("pbx"))
    async with running_site(tmp_path / "site", trunks, workers=1) as site:
        ran = await site.run("doctor")
        workers = site.worker_pids()
        health = await site.cli("status")
    found = Findings(ran.code, ran.value)
    assert found.code == 0, found.checks
    assert found.named("fail") == set()
    # China announces the next year in November: until then doctor warns.
    assert found.named("warn") <= LIMITS_OF_THE_STOCK_BUILD | {"holidays"}, found.checks
    assert {"python", "database", "digest", "codecs", "trunk carrier", "trunk pbx"} <= found.named("pass")
    assert "registered" in found.of("trunk carrier")["detail"]
    assert "sound in both directions" in found.of(f"echo call to {ECHO}")["detail"]
    assert (len(workers), health["lines"]) == (1, 1)
    # The bed is shared: the records of calls before may still be on their way.
    (record,) = _echoes(await asterisk.cdrs_when(lambda records: bool(_echoes(records))))
    assert record.answered


async def test_a_mistyped_password_is_named_and_no_call_is_tried(asterisk: Asterisk, tmp_path: Path) -> None:
    before = len(_echoes(asterisk.cdrs()))
    mistyped = msgspec.structs.replace(asterisk.digest_trunk("carrier"), password=MISTYPED)
    async with new_site(tmp_path / "site", [_with_echo(mistyped)], workers=1) as site:
        ran = await site.run("doctor")
    found = Findings(ran.code, ran.value)
    assert found.code == 2
    assert found.named("fail") == {"trunk carrier"}
    trunk = found.of("trunk carrier")
    assert asterisk.sip_address in trunk["detail"]
    assert "401" in trunk["detail"] or "403" in trunk["detail"]
    assert "password" in trunk["advice"]
    assert MISTYPED not in ran.output + ran.complaint
    assert not any(check["name"].startswith("echo call") for check in found.checks)
    assert len(_echoes(asterisk.cdrs())) == before
