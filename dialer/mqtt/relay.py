"""The public event feed: what the outbox holds, to an MQTT broker, at least once and in order.

An event leaves the outbox only after the broker has confirmed it (QoS 1, PUBACK). After a broken connection
everything unconfirmed is sent again with the same `event_id`; the first copies arrive in the outbox's order.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol

import structlog
from aiomqtt import Client, MqttError, Will

from dialer.clock import Clock
from dialer.mqtt.backoff import Backoff
from dialer.mqtt.settings import FeedSettings
from dialer.mqtt.topics import status_topic, topic
from dialer.ports import OutboxEntry

ONLINE: Final = "online"
OFFLINE: Final = "offline"
FAREWELL_S: Final = 2.0
# A connection that holds this long, or confirms an event, was a success: the next loss starts the waits afresh.
STEADY_S: Final = 30.0
# Without it Nagle's algorithm and delayed acknowledgements make a round trip last 90 ms instead of 1 ms.
_NO_DELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

log = structlog.get_logger(__name__)


class Outbox(Protocol):
    """The two methods of `dialer.ports.Store` that the feed needs."""

    async def outbox(self, *, limit: int) -> list[OutboxEntry]: ...
    async def published(self, up_to_seq: int) -> None: ...


class Relay:
    """One task runs `run` until it is cancelled; `wake` it after every commit that added to the outbox."""

    def __init__(self, settings: FeedSettings, outbox: Outbox, clock: Clock, *, backoff: Backoff | None = None) -> None:
        self._settings = settings
        self._outbox = outbox
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._tls = settings.tls_context()
        self._status = status_topic(settings.site)
        self._added = asyncio.Event()
        self._connected = False
        self._confirmed = 0

    @property
    def connected(self) -> bool:
        return self._connected

    @property
    def confirmed(self) -> int:
        """Events the broker has taken since the start."""
        return self._confirmed

    def wake(self) -> None:
        """There may be something new in the outbox."""
        self._added.set()

    async def run(self) -> None:
        """Connect, deliver, reconnect; ends only by cancellation, and then says `offline`."""
        while True:
            began, before = self._clock.monotonic(), self._confirmed
            await _to_the_end(asyncio.create_task(self._attempt(), name="feed-session"))
            if self._confirmed > before or self._clock.monotonic() - began >= STEADY_S:
                self._backoff.reset()
            await self._clock.sleep(self._backoff.next())

    async def _attempt(self) -> None:
        try:
            await self._session()
        except* MqttError as faults:
            log.warning("feed_disconnected", broker=self._settings.host, reason=_reason(faults))
        except* Exception:
            log.exception("feed_failed", broker=self._settings.host)

    async def _session(self) -> None:
        async with self._online() as client, asyncio.TaskGroup() as session:
            session.create_task(self._watch(client), name="feed-watch")
            session.create_task(self._deliver(client), name="feed-deliver")

    @contextlib.asynccontextmanager
    async def _online(self) -> AsyncIterator[Client]:
        async with self._connection() as client:
            client.pending_calls_threshold = self._settings.window
            await client.publish(self._status, ONLINE, qos=1, retain=True)
            log.info("feed_connected", broker=self._settings.host)
            self._connected = True
            try:
                yield client
            finally:
                self._connected = False
                await self._say_farewell(client)

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[Client]:
        client = self._client()
        await client.__aenter__()
        try:
            yield client
        finally:
            client.timeout = FAREWELL_S
            # A fault while disconnecting must not replace the cancellation that led here: the task would go on.
            with contextlib.suppress(MqttError):
                await client.__aexit__(None, None, None)

    def _client(self) -> Client:
        """A new one for each connection: nothing half-sent is carried over, the outbox is the only memory."""
        settings = self._settings
        return Client(
            settings.host,
            settings.port,
            # Fixed: the broker drops our own dead connection, and its last will, before it accepts the new one.
            identifier=f"goldenhour-{settings.site}",
            username=settings.username or None,
            password=settings.password or None,
            tls_context=self._tls,
            will=Will(self._status, OFFLINE, qos=1, retain=True),
            keepalive=settings.keepalive_s,
            timeout=settings.confirm_s,
            max_inflight_messages=settings.window,
            socket_options=(_NO_DELAY,),
        )

    async def _say_farewell(self, client: Client) -> None:
        """An orderly goodbye sends no last will, so it is said by hand; a broken connection has its last will."""
        with contextlib.suppress(MqttError):
            await client.publish(self._status, OFFLINE, qos=0, retain=True, timeout=FAREWELL_S)

    async def _watch(self, client: Client) -> None:
        """Nothing is subscribed to: this only ends, with `MqttError`, when the connection does."""
        async for _ in client.messages:
            pass

    async def _deliver(self, client: Client) -> None:
        while True:
            self._added.clear()
            entries = await self._outbox.outbox(limit=self._settings.window)
            if entries:
                await self._publish(client, entries)
            else:
                await self._added.wait()

    async def _publish(self, client: Client, entries: Sequence[OutboxEntry]) -> None:
        """All of them on their way at once, in order; back when each is confirmed and the outbox knows."""
        async with asyncio.TaskGroup() as window:
            for entry in entries:
                window.create_task(self._send(client, entry), name=f"feed-event-{entry.seq}")
        await self._outbox.published(entries[-1].seq)
        self._confirmed += len(entries)

    async def _send(self, client: Client, entry: OutboxEntry) -> None:
        name = topic(self._settings.site, entry.topic_subject)
        await client.publish(name, entry.payload, qos=1, retain=entry.retained)


async def _to_the_end(session: asyncio.Task[None]) -> None:
    """Wait for the session; cancelled, see to it that it ends too.

    One request is not enough: `asyncio.wait_for` of Python 3.11, inside the client, drops a cancellation that comes
    in the same turn as the broker's answer. In a task of its own the session cannot drop ours.
    """
    try:
        await asyncio.wait({session})
    finally:
        while not session.done():
            session.cancel()
            await asyncio.wait({session}, timeout=2 * FAREWELL_S)


def _reason(faults: BaseExceptionGroup[BaseException]) -> str:
    """The first plain fault's words."""
    fault: BaseException = faults
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return str(fault) or type(fault).__name__
