"""The event feed through a real broker: nothing lost, order kept, whatever happens to the broker."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import pytest

from dialer.clock import SystemClock
from dialer.mqtt.backoff import Backoff
from dialer.mqtt.relay import Relay
from dialer.mqtt.settings import FeedSettings
from dialer.ports import OutboxEntry
from tests.integration.mqtt.conftest import DEADLINE_S, Broker, Wallboard, running, until

pytestmark = pytest.mark.mosquitto
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Journal:
    """The two methods of the store that the feed needs; a row stays until it is published."""

    def __init__(self) -> None:
        self.rows: list[OutboxEntry] = []
        self.last = 0
        self.published_up_to = 0
        self.broken = 0

    def append(self, count: int, *, subject: str = "call/a/answered", retained: bool = False, size: int = 0) -> None:
        for seq in range(self.last + 1, self.last + count + 1):
            payload = f"event-{seq:06d}".ljust(size, ".").encode()
            self.rows.append(
                OutboxEntry(
                    seq=seq, event_id=f"event-{seq:06d}", name="call.answered", topic_subject=subject,
                    occurred_at=AT, payload=payload, retained=retained,
                )
            )  # fmt: skip
        self.last += count

    async def outbox(self, *, limit: int) -> list[OutboxEntry]:
        await asyncio.sleep(0)
        if self.broken:
            self.broken -= 1
            raise RuntimeError("the database is locked")
        return self.rows[:limit]

    async def published(self, up_to_seq: int) -> None:
        await asyncio.sleep(0)
        assert up_to_seq >= self.published_up_to
        self.published_up_to = up_to_seq
        self.rows = [row for row in self.rows if row.seq > up_to_seq]


class HurriedClock(SystemClock):
    """Waits hardly at all, and counts how long it should have been."""

    def __init__(self) -> None:
        self.waited = 0.0
        self.waits = 0

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.waits += 1
        await asyncio.sleep(0.001)


def feed(port: int, **changes: object) -> FeedSettings:
    return FeedSettings(host="127.0.0.1", port=port, site="main", **changes)  # type: ignore[arg-type]


def quick() -> Backoff:
    return Backoff(first_s=0.02, longest_s=0.1)


@contextlib.asynccontextmanager
async def relaying(journal: Journal, settings: FeedSettings, clock: SystemClock | None = None) -> AsyncIterator[Relay]:
    relay = Relay(settings, journal, clock or SystemClock(), backoff=quick())
    async with running(relay.run(), "relay"):
        yield relay


def firsts(heard: list[str]) -> list[str]:
    """Each event once, where it was first heard."""
    return list(dict.fromkeys(heard))


def events(first: int, last: int) -> list[str]:
    return [f"event-{seq:06d}" for seq in range(first, last + 1)]


async def test_every_event_arrives_once_in_order_under_its_topic(broker: Broker, wallboard: Wallboard) -> None:
    journal = Journal()
    journal.append(1000)
    async with relaying(journal, feed(broker.port)):
        await until(lambda: len(wallboard.payloads()) >= 1000, "all events")
        await until(lambda: not journal.rows, "an empty outbox")
    assert wallboard.payloads() == events(1, 1000)
    topics = {str(m.topic) for m in wallboard.heard}
    assert topics == {"goldenhour/v1/main/call/a/answered", "goldenhour/v1/main/status"}
    assert {m.qos for m in wallboard.heard if "call" in str(m.topic)} == {1}


async def test_a_new_row_wakes_the_relay_and_nothing_else_does(broker: Broker, wallboard: Wallboard) -> None:
    journal = Journal()
    reads = 0
    real = journal.outbox

    async def counted(*, limit: int) -> list[OutboxEntry]:
        nonlocal reads
        reads += 1
        return await real(limit=limit)

    journal.outbox = counted  # type: ignore[method-assign]
    async with relaying(journal, feed(broker.port)) as relay:
        await until(lambda: reads == 1, "the first look")
        for seq in range(1, 4):
            journal.append(1)
            relay.wake()
            await until(lambda seq=seq: len(wallboard.payloads()) == seq, "the event")
        await until(lambda: reads == 1 + 2 * 3, "one look with the row and one without")
        await asyncio.sleep(0.2)
        assert reads == 1 + 2 * 3


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_a_broker_that_goes_and_comes_mid_stream_loses_nothing(
    broker: Broker, wallboard: Wallboard, end: str
) -> None:
    journal = Journal()
    journal.append(500)
    async with relaying(journal, feed(broker.port, window=20)) as relay:
        for round_ in range(1, 4):
            target = 500 * (round_ - 1) + 100
            await until(lambda target=target: len(set(wallboard.payloads())) >= target, "a stream under way")
            if end == "kill":
                broker.save()
            getattr(broker, end)()
            journal.append(500)
            relay.wake()
            await until(lambda: not relay.connected, "the loss noticed")
            broker.start()
        await until(lambda: not journal.rows, "an empty outbox")
        await until(lambda: len(set(wallboard.payloads())) >= 2000, "all events")
    assert firsts(wallboard.payloads()) == events(1, 2000)


async def test_an_hour_without_a_broker_loses_nothing(broker: Broker, wallboard: Wallboard) -> None:
    journal, clock = Journal(), HurriedClock()
    relay = Relay(feed(broker.port), journal, clock, backoff=Backoff(random=lambda: 0.5))
    async with running(relay.run(), "relay"):
        await until(lambda: relay.connected, "a connection")
        broker.stop()
        async with asyncio.timeout(60):
            while clock.waited < 3600:
                journal.append(20)
                relay.wake()
                await asyncio.sleep(0.01)
        assert journal.published_up_to == 0
        assert clock.waits < 200  # about 22 s apart
        broker.start()
        await until(lambda: not journal.rows, "an empty outbox")
        await until(lambda: len(wallboard.payloads()) >= journal.last, "all events")
    assert firsts(wallboard.payloads()) == events(1, journal.last)


async def test_only_what_the_broker_confirmed_leaves_the_outbox(broker: Broker, wallboard: Wallboard) -> None:
    journal = Journal()
    async with relaying(journal, feed(broker.port, window=50, confirm_s=0.3)) as relay:
        await until(lambda: relay.connected, "a connection")
        broker.freeze()
        journal.append(200)
        relay.wake()
        await until(lambda: not relay.connected, "the silence noticed")
        assert (journal.published_up_to, len(journal.rows)) == (0, 200)
        broker.thaw()
        await until(lambda: not journal.rows, "an empty outbox")
        await until(lambda: len(set(wallboard.payloads())) >= 200, "all events")
    assert firsts(wallboard.payloads()) == events(1, 200)
    assert len(wallboard.payloads()) <= 250  # no more than one window twice


async def test_a_server_killed_between_confirmation_and_mark_repeats_with_the_same_ids(
    broker: Broker, wallboard: Wallboard
) -> None:
    journal = Journal()
    journal.append(10)
    rows = list(journal.rows)
    async with relaying(journal, feed(broker.port)):
        await until(lambda: not journal.rows, "an empty outbox")
    journal.rows, journal.published_up_to = rows, 0
    async with relaying(journal, feed(broker.port)):
        await until(lambda: len(wallboard.payloads()) >= 20, "the repetition")
    assert wallboard.payloads() == events(1, 10) * 2


async def test_the_status_is_online_and_offline_after_an_orderly_end(broker: Broker, wallboard: Wallboard) -> None:
    async with relaying(Journal(), feed(broker.port)) as relay:
        await until(lambda: relay.connected and wallboard.status() == ["online"], "online")
    await until(lambda: wallboard.status() == ["online", "offline"], "offline")
    assert await retained(broker, "goldenhour/v1/main/status") == "offline"


async def test_the_broker_says_offline_for_a_server_that_died(broker: Broker, wallboard: Wallboard) -> None:
    relay = Relay(feed(broker.port), Journal(), SystemClock())
    async with relay._online() as client:
        await until(lambda: wallboard.status() == ["online"], "online")
        client._client.socket().shutdown(2)  # as the kernel does for a killed process
        await until(lambda: wallboard.status() == ["online", "offline"], "the last will")


async def test_state_is_retained_and_events_are_not(broker: Broker, wallboard: Wallboard) -> None:
    journal = Journal()
    journal.append(1, subject="agent/amy/state", retained=True)
    journal.append(1, subject="call/a/answered")
    async with relaying(journal, feed(broker.port)):
        await until(lambda: not journal.rows, "an empty outbox")
        await until(lambda: len(wallboard.heard) >= 3, "everything heard")
        assert await retained(broker, "goldenhour/v1/main/agent/amy/state") == "event-000001"
        assert await retained(broker, "goldenhour/v1/main/call/a/answered") is None


async def test_an_id_with_wildcards_cannot_stop_the_feed(broker: Broker, wallboard: Wallboard) -> None:
    journal = Journal()
    journal.append(1, subject="call/a+b#c%/answered")
    async with relaying(journal, feed(broker.port)):
        await until(lambda: len(wallboard.payloads()) == 1, "the event")
    assert "goldenhour/v1/main/call/a%2Bb%23c%/answered" in {str(m.topic) for m in wallboard.heard}


async def test_a_database_fault_delays_the_feed_and_does_not_end_it(broker: Broker, wallboard: Wallboard) -> None:
    journal = Journal()
    journal.broken = 2
    journal.append(5)
    async with relaying(journal, feed(broker.port)):
        await until(lambda: len(wallboard.payloads()) >= 5, "all events")
    assert firsts(wallboard.payloads()) == events(1, 5)


@pytest.mark.parametrize("frozen", [True, False])
async def test_stopping_the_server_ends_the_relay_whatever_the_broker_does(broker: Broker, frozen: bool) -> None:
    journal = Journal()
    async with asyncio.timeout(DEADLINE_S), relaying(journal, feed(broker.port)) as relay:
        await until(lambda: relay.connected, "a connection")
        if frozen:
            broker.freeze()
            journal.append(100, size=100_000)  # more than the sockets' buffers hold
        else:
            broker.kill()
        relay.wake()
        await asyncio.sleep(0.05)
    assert not relay.connected
    assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("feed-")]


async def retained(broker: Broker, name: str) -> str | None:
    """What a newcomer is told at once."""
    async with aiomqtt.Client("127.0.0.1", broker.port) as newcomer:
        await newcomer.subscribe(name, qos=1)
        await newcomer.publish("marker", "x", qos=1)
        await newcomer.subscribe("marker", qos=1)
        await newcomer.publish("marker", "end", qos=1)
        async for message in newcomer.messages:
            if str(message.topic) == "marker":
                return None
            return bytes(message.payload).decode()
    return None


async def test_the_socket_sends_at_once(broker: Broker) -> None:
    async with Relay(feed(broker.port), Journal(), SystemClock())._online() as client:
        assert client._client.socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Broker]:
    """Lets in `goldenhour` with the password `right`."""
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(users), "goldenhour", "right"], check=True)
    yield from started(Broker(tmp_path, listener=("allow_anonymous false", f"password_file {users}")))


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Broker]:
    """Proves itself with `broker.crt`; beside it lies the certificate of a `stranger`."""
    for name in ("broker", "stranger"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{name}.key", "-out", f"{name}.crt"],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip
    proof = (f"certfile {tmp_path}/broker.crt", f"keyfile {tmp_path}/broker.key", "allow_anonymous true")
    yield from started(Broker(tmp_path, listener=proof))


def started(broker: Broker) -> Iterator[Broker]:
    broker.start()
    yield broker
    broker.kill()


async def test_a_wrong_password_is_tried_again_and_never_gets_in(guarded: Broker) -> None:
    clock = HurriedClock()
    async with relaying(Journal(), feed(guarded.port, username="goldenhour", password="wrong"), clock) as relay:
        await until(lambda: clock.waits >= 3, "three refusals")
        assert not relay.connected
    async with relaying(Journal(), feed(guarded.port, username="goldenhour", password="right")) as relay:
        await until(lambda: relay.connected, "a connection")


async def test_an_encrypted_broker_is_believed_only_with_its_own_authority(encrypted: Broker, tmp_path: Path) -> None:
    clock, journal = HurriedClock(), Journal()
    journal.append(3)
    async with relaying(journal, feed(encrypted.port, tls=True, ca_file=tmp_path / "stranger.crt"), clock) as relay:
        await until(lambda: clock.waits >= 2, "two refusals")
        assert not relay.connected
    async with relaying(journal, feed(encrypted.port, tls=True, ca_file=tmp_path / "broker.crt")):
        await until(lambda: not journal.rows, "an empty outbox")
