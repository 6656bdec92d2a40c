"""What the telephone side gives, found out on a worker that is started for this and thrown away."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Final

from dialer.config import Config, TrunkSection
from dialer.doctor.check import Check, failed, passed, warned
from dialer.wiring import pool_settings
from sip.commands import PlaceLeg
from sip.errors import TelephonyError
from sip.events import (
    Event,
    LegAnswered,
    LegEnded,
    LegStatistics,
    Levels,
    TrunkDown,
    TrunkUp,
    WorkerCapacity,
    WorkerReady,
)
from sip.pool import LinePool
from sip.telephony import Telephony

START_S: Final = 20.0
REGISTER_S: Final = 10.0
ANSWER_S: Final = 15.0
LISTEN_S: Final = 3.0
LEAST_SHARE: Final = 5  # at least one packet back for so many sent; fewer are keep-alives
HEARD: Final = 0.005  # of full scale
LEG: Final = "doctor.c"


class Ear:
    """Remembers what the worker says, and wakes whoever waits for it."""

    def __init__(self, telephony: Telephony) -> None:
        self._telephony = telephony
        self._heard: list[Event] = []
        self._news = asyncio.Condition()

    async def listen(self) -> None:
        async for delivered in self._telephony.events():
            self._telephony.acknowledge(delivered.worker, delivered.seq)
            async with self._news:
                self._heard.append(delivered.event)
                self._news.notify_all()

    async def wait_for(self, wanted: Iterable[tuple[type[Event], str, object]], *, seconds: float) -> Event | None:
        """The first event of one of the (kind, attribute, value); None when the time is up."""
        choices = tuple(wanted)

        def found() -> Event | None:
            for event in self._heard:
                if any(isinstance(event, kind) and getattr(event, name) == value for kind, name, value in choices):
                    return event
            return None

        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(found)
        except TimeoutError:
            return None
        return found()


@dataclass(frozen=True, slots=True)
class Listening:
    telephony: Telephony
    ear: Ear


@asynccontextmanager
async def throw_away_worker(config: Config) -> AsyncIterator[Listening]:
    """One worker of its own, in a directory of its own, so that a running server is not disturbed."""
    with tempfile.TemporaryDirectory(prefix="gh-doctor-") as directory:
        settings = replace(pool_settings(config, Path(directory)), workers=1, worker_prefix="doctor", sip_port_from=0)
        pool = LinePool(settings)
        async with asyncio.timeout(START_S):
            await pool.start()
        ear = Ear(pool)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(ear.listen(), name="doctor-ear")
            try:
                await ear.wait_for([(WorkerReady, "adopted", False)], seconds=START_S)
                yield Listening(pool, ear)
            finally:
                await pool.close()
                listening.cancel()


def check_build(capacity: WorkerCapacity, lines: int, workers: int) -> list[Check]:
    """`lines` are those of one worker."""
    room = f"{capacity.max_legs} legs in each worker: {lines} lines, {lines * workers} in all"
    detail = f"pjsip {capacity.pjsip_version}, {room}"
    one_each = "each worker carries one conversation at a time: set workers.count to the number of agents or more"
    checks = [warned("pjsua2", detail, one_each) if capacity.max_legs <= 4 else passed("pjsua2", detail)]
    if capacity.digest_ok:
        checks.append(passed("digest", "a password challenge is answered correctly"))
    else:
        checks.append(
            failed(
                "digest", "this build cannot answer a password challenge", "install pjsua2-python 2.15.1.post1 exactly"
            )
        )
    if capacity.tls_ok:
        checks.append(passed("sip tls", "this build can encrypt SIP"))
    else:
        advice = "keep SIP on a private network or in a VPN"
        checks.append(warned("sip tls", "SIP over TLS is not offered on this build's OpenSSL", advice))
    return checks


def check_codecs(capacity: WorkerCapacity, config: Config) -> Check:
    have = {name.split("/")[0].upper() for name in capacity.codecs}
    wanted = {str(codec) for trunk in config.trunks for codec in trunk.codecs} or {"PCMA", "PCMU"}
    missing = sorted(wanted - have)
    if missing:
        advice = "leave it out of the trunk's codecs, or use another build"
        return failed("codecs", f"not in this build: {', '.join(missing)}", advice)
    return passed("codecs", ", ".join(sorted(have)))


async def check_trunk(line: Listening, section: TrunkSection) -> Check:
    """Registers, where the trunk registers; otherwise only a call can tell."""
    name = f"trunk {section.name}"
    try:
        await line.telephony.connect_trunk(section.trunk())
    except TelephonyError as error:
        return failed(name, f"cannot be set up: {error}", "check its address and codecs")
    wanted = ((TrunkUp, "trunk", section.name), (TrunkDown, "trunk", section.name))
    event = await line.ear.wait_for(wanted, seconds=REGISTER_S)
    if isinstance(event, TrunkUp):
        how = "registered" if section.register_account else "set up by address; only a call can tell more"
        return passed(name, f"{section.address}: {how}")
    if isinstance(event, TrunkDown):
        return failed(name, f"{section.address}: {event.sip_status} {event.reason}".rstrip(), _trunk_advice(event))
    return failed(
        name, f"{section.address}: no answer within {REGISTER_S:.0f} s", "check address, network and firewall"
    )


def _trunk_advice(event: TrunkDown) -> str:
    if event.sip_status in (401, 403, 407):
        return "check user, password and realm with the carrier"
    return "check address, network and firewall; the carrier may block this machine's address"


async def check_echo(line: Listening, section: TrunkSection, number: str) -> Check:
    """One call to an extension that returns what it hears, with the sound measured in both directions."""
    name = f"echo call to {number}"
    order = PlaceLeg(
        command_id="doctor",
        leg_id=LEG,
        destination=number,
        trunk=section.name,
        caller_id=section.caller_id,
        ring_time_s=ANSWER_S,
    )
    worker = next(iter(line.telephony.workers()))
    try:
        await line.telephony.place(worker, order)
        wanted = ((LegAnswered, "leg_id", LEG), (LegEnded, "leg_id", LEG))
        event = await line.ear.wait_for(wanted, seconds=ANSWER_S + 5)
        if not isinstance(event, LegAnswered):
            return failed(name, f"not answered: {_cause(event)}", "check the number, caller_id and the trunk's account")
        levels, statistics = await _listen(line.telephony)
    except TelephonyError as error:
        return failed(name, f"the call failed: {error}", "check the trunk and the number")
    return judge(name, levels, statistics)


async def _listen(telephony: Telephony) -> tuple[Levels, LegStatistics]:
    """Plays a voice and keeps the loudest of what comes back."""
    with resources.as_file(resources.files("dialer.sounds") / "beep.wav") as beep:
        await telephony.play("doctor", LEG, str(beep), loop=True)
        loudest = Levels(received=0.0, sent=0.0)
        async with asyncio.timeout(LISTEN_S * 3):
            for _ in range(int(LISTEN_S * 10)):
                await asyncio.sleep(0.1)
                now = await telephony.levels(LEG)
                loudest = Levels(received=max(loudest.received, now.received), sent=max(loudest.sent, now.sent))
        statistics = await telephony.statistics(LEG)
        await telephony.hang_up(LEG)
    return loudest, statistics


def judge(name: str, levels: Levels, statistics: LegStatistics) -> Check:
    packets = f"{statistics.packets_sent} packets sent, {statistics.packets_received} received"
    if statistics.packets_received * LEAST_SHARE < statistics.packets_sent or not statistics.packets_received:
        advice = "open the RTP ports in the firewall; workers.bind_address must be an address the carrier can reach"
        return failed(name, f"answered, but no sound comes back: {packets}", advice)
    if not statistics.packets_sent:
        return failed(name, f"answered, but no sound leaves: {packets}", "check workers.bind_address and the codecs")
    if levels.received < HEARD:
        return warned(name, f"{packets}, but what comes back is silent", "is this an extension that echoes?")
    quality = f", MOS {statistics.mos:.1f}" if statistics.mos else ""
    return passed(name, f"sound in both directions: {packets}, {statistics.codec}{quality}")


def _cause(event: Event | None) -> str:
    if isinstance(event, LegEnded):
        return f"{event.outcome} ({event.cause.sip_status or event.cause.origin}) {event.cause.text}".rstrip()
    return f"nothing within {ANSWER_S:.0f} s"
