"""From a committed event to the wallboard, through the real journal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from dialer.clock import SystemClock
from dialer.db.store import open_store
from dialer.domain.events import AlarmCleared, AlarmRaised, NumberSuppressed
from dialer.mqtt.relay import Relay
from dialer.mqtt.settings import FeedSettings
from tests.integration.mqtt.conftest import Broker, Wallboard, running, until

pytestmark = pytest.mark.mosquitto
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


async def test_what_was_committed_is_heard_even_after_a_restart_of_the_server(
    broker: Broker, wallboard: Wallboard, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'goldenhour.db'}"
    settings = FeedSettings(host="127.0.0.1", port=broker.port, site="main", window=7)
    raised = [AlarmRaised(occurred_at=AT, code="disk_full", subject=f"s{n}", message="full") for n in range(50)]
    cleared = [AlarmCleared(occurred_at=AT, code="disk_full", subject=f"s{n}") for n in range(50)]
    store = await open_store(url)
    await store.record(raised)
    await store.close()

    store = await open_store(url)
    relay = Relay(settings, store, SystemClock())
    async with running(relay.run(), "relay"):
        await until(lambda: relay.confirmed == 50, "what the last server left")
        await store.record(cleared)
        relay.wake()
        await until(lambda: relay.confirmed == 100, "what was added")
        await until(lambda: len(wallboard.payloads("/alarm/")) == 100, "all of it heard")
    assert await store.outbox(limit=10) == []
    await store.close()
    heard = [msgspec.json.decode(payload) for payload in wallboard.payloads("/alarm/")]
    assert [event["seq"] for event in heard] == sorted(event["seq"] for event in heard)
    assert len({event["event_id"] for event in heard}) == 100
    assert {"event_id", "seq", "occurred_at", "schema"} <= heard[0].keys()


async def test_a_number_never_stands_in_a_topic(broker: Broker, wallboard: Wallboard, tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path / 'goldenhour.db'}")
    event = NumberSuppressed(occurred_at=AT, e164="+8613800000000", reason="asked", source="agent")
    await store.record([event])
    relay = Relay(FeedSettings(host="127.0.0.1", port=broker.port, site="main"), store, SystemClock())
    async with running(relay.run(), "relay"):
        await until(lambda: relay.confirmed == 1, "the event taken")
        await until(lambda: len(wallboard.payloads("/number/")) == 1, "the event heard")
    await store.close()
    assert all("13800000000" not in str(message.topic) for message in wallboard.heard)
