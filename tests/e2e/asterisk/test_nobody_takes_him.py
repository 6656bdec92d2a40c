"""An agent's phone rings and is not answered: the customer is told who called, at his own phone, and let go."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from dialer.domain.ids import agent_leg
from sip.trunks import Trunk
from tests import audio
from tests.asterisk.instance import Asterisk, PhoneAccount
from tests.e2e.asterisk.people import Person, number, write_list, zone_at
from tests.e2e.asterisk.staff import STAFF, hire
from tests.e2e.site import Site, eventually, running_site
from tests.softphone.baresip import Softphone, softphone

pytestmark = [pytest.mark.asterisk, pytest.mark.foreign, pytest.mark.sip, pytest.mark.timeout(120)]

CUSTOMER: Final = number(470, 0, "01")
PRESSES_NINE: Final = number(470, 1, "23")
LIMIT_S: Final = 2.0
KEY_TIME_S: Final = 2.0  # for the key, after the message
WHOLE: Final = 0.85  # what the phone still has in its buffers when it is hung up on, it never plays
LOCKOUT: Final = timedelta(hours=2)  # the default policy's
CAMPAIGN: Final = """
code = "alone"
name = "Nobody there"
country = "DE"
trunks = ["home"]

[[windows]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = 08:00:00
to = 21:00:00
"""


async def test_a_customer_whom_nobody_takes_hears_who_called_and_is_let_go_for_two_hours(
    asterisk: Asterisk, tmp_path: Path
) -> None:
    """The customer's phone is somebody else's, called directly; the agent's is at the PBX and only rings."""
    at_home = PhoneAccount(extension=CUSTOMER, password="none", server=asterisk.sip_address)
    async with (
        softphone(at_home, tmp_path, tone_hz=300, registered=False) as customer,
        softphone(asterisk.phone("1001"), tmp_path, answer="manual"),
    ):
        home = Trunk(name="home", address=await _address(customer), caller_id="+861087654321")
        trunks = (home, asterisk.address_trunk("pbx"))
        async with running_site(tmp_path / "site", trunks, workers=1) as site:
            await _begin(site)
            await site.until(lambda: _over(site), within=40, what="end of the call")
            await customer.call_ended()
            heard = customer.heard()
            (attempt,) = await site.cli("attempts", "--campaign", "alone")
            statistics, (lead,) = await site.cli("stats", "alone"), await site.cli("leads", "alone")
            recordings, (agent,) = await site.cli("recordings", "list"), (await site.floor())["agents"]
        record = await asterisk.cdr(agent_leg(attempt["id"], "amy"))

    assert (attempt["outcome"], attempt["connected_at"], attempt["agent"]) == ("ABANDONED", None, None)
    _is_told_who_called(heard, attempt)
    assert (statistics["abandoned"], statistics["abandonment_rate"]["value"]) == (1, 1.0)
    assert recordings == []
    assert not record.answered
    assert (agent["state"], bool(agent["reason"])) == ("PAUSED", True)
    assert lead["state"] == "OPEN"
    assert datetime.fromisoformat(lead["due_at"]) - datetime.fromisoformat(attempt["ended_at"]) >= LOCKOUT
    assert lead["agent_guaranteed"] is True


async def test_who_presses_the_key_at_a_phone_behind_the_pbx_is_not_called_again(
    asterisk: Asterisk, tmp_path: Path
) -> None:
    """The key comes through Asterisk as an RFC 4733 event; the agent's phone only rings."""
    async with (
        softphone(asterisk.phone("1001"), tmp_path, answer="manual"),
        running_site(tmp_path / "site", (asterisk.address_trunk("pbx"),), workers=1) as site,
    ):
        await _begin(site, PRESSES_NINE, trunk="pbx")
        await site.until(lambda: _over(site), within=40, what="end of the call")
        (attempt,) = await site.cli("attempts", "--campaign", "alone")
        (lead,) = await site.cli("leads", "alone")
        listed = await site.cli("dnc", "check", PRESSES_NINE)
    answered, pressed = (datetime.fromisoformat(attempt[name]) for name in ("answered_at", "opted_out_at"))
    assert (pressed - answered).total_seconds() == pytest.approx(5.0, abs=0.5)
    assert (attempt["outcome"], lead["state"]) == ("ABANDONED", "DO_NOT_CALL")
    assert "opt-out key" in str(listed)


async def _begin(site: Site, called: str = CUSTOMER, *, trunk: str = "home") -> None:
    await hire(site, STAFF[:1], trunk="pbx")
    plan = site.directory / "alone.toml"
    plan.write_text(CAMPAIGN.replace('["home"]', f'["{trunk}"]'))
    await site.cli("campaign", "create", str(plan))
    person = Person(number=called, name="At home", time_zone=zone_at(13, datetime.now(UTC)), outcome=None)
    await site.cli("import", "alone", str(write_list(site.directory / "list.csv", [person])))
    await site.cli("campaign", "start", "alone")


async def _over(site: Site) -> bool:
    rows = (await site.get("/attempts", campaign="alone"))["items"]
    return bool(rows) and all(row["ended_at"] for row in rows)


async def _address(phone: Softphone) -> str:
    """Where it listens, by the contact it tells the registrar (which does not know it)."""

    def contact() -> re.Match[str] | None:
        return re.search(r"^Contact: <sip:[^@>]+@([0-9.]+:[0-9]+)", phone.log(), re.MULTILINE)

    await eventually(contact, within=10, what="contact of the customer's phone")
    found = contact()
    assert found is not None
    return found[1]


def _is_told_who_called(heard: audio.Sound, attempt: dict[str, Any]) -> None:
    """The whole message was the sound, and it began before the limit."""
    with resources.as_file(resources.files("dialer.sounds") / "safe_harbour_key_en.wav") as path:
        (message,) = audio.read(path)
    likeness, begins_s = _found_in(heard, message)
    assert likeness > 0.9
    ended, answered = (datetime.fromisoformat(attempt[name]) for name in ("ended_at", "answered_at"))
    began_s = (ended - answered).total_seconds() - message.duration_s - KEY_TIME_S
    assert 0.5 < began_s <= LIMIT_S + 0.3
    assert (datetime.fromisoformat(attempt["message_at"]) - answered).total_seconds() == pytest.approx(1.8, abs=0.03)
    assert 1.5 <= begins_s <= LIMIT_S


def _found_in(heard: audio.Sound, message: audio.Sound) -> tuple[float, float]:
    """How much the course of the loudness is the message's (1.0: all), and from which second on."""
    theirs = np.array([window.rms for window in message.windows()])
    ours = np.array([window.rms for window in heard.windows()])
    least = round(len(theirs) * WHOLE)
    assert len(ours) >= least, f"only {heard.duration_s:.1f} s of {message.duration_s:.1f} s were heard"
    best = (0.0, 0.0)
    for start in range(len(ours) - least + 1):
        part = ours[start : start + len(theirs)]
        likeness = float(np.corrcoef(part, theirs[: len(part)])[0, 1])
        best = max(best, (likeness, start * audio.WINDOW_S))
    return best
