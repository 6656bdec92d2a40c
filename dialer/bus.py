"""Events to whoever watches: synchronous fan-out after commit. A subscriber can neither fail nor slow the publisher."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final, Self

import structlog

from dialer.domain.events import DomainEvent

Handler = Callable[[DomainEvent], None]
log = structlog.get_logger(__name__)

BACKLOG: Final = 1000


class Subscription:
    """Ends with `close`, or as a context manager."""

    def __init__(self, bus: Bus, name: str) -> None:
        self.name = name
        self._bus = bus

    def take(self, event: DomainEvent) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self._bus.forget(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Call(Subscription):
    """Calls a function for each event, on the publisher's turn: it must neither block nor wait."""

    def __init__(self, bus: Bus, name: str, handler: Handler) -> None:
        super().__init__(bus, name)
        self._handler = handler

    def take(self, event: DomainEvent) -> None:
        self._handler(event)


class Stream(Subscription):
    """An async iterator with a bounded backlog. When it overflows the oldest events go and `missed` counts them;
    a reader that finds it above zero takes a fresh snapshot. One consumer."""

    def __init__(self, bus: Bus, name: str, backlog: int) -> None:
        super().__init__(bus, name)
        self.missed = 0
        self._events: deque[DomainEvent] = deque(maxlen=backlog)
        self._arrived = asyncio.Event()
        self._closed = False

    def take(self, event: DomainEvent) -> None:
        if len(self._events) == self._events.maxlen:
            self.missed += 1
        self._events.append(event)
        self._arrived.set()

    def close(self) -> None:
        super().close()
        self._closed = True
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[DomainEvent]:
        while True:
            while self._events:
                yield self._events.popleft()
            if self._closed:
                return
            self._arrived.clear()
            await self._arrived.wait()


class Bus:
    """Subscribers are served in the order they came. All calls on the engine's event loop."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def subscribe(self, name: str, handler: Handler) -> Subscription:
        subscription = Call(self, name, handler)
        self._subscriptions.append(subscription)
        return subscription

    def stream(self, name: str, *, backlog: int = BACKLOG) -> Stream:
        stream = Stream(self, name, backlog)
        self._subscriptions.append(stream)
        return stream

    def publish(self, events: Iterable[DomainEvent]) -> None:
        for event in events:
            for subscription in tuple(self._subscriptions):
                self._deliver(subscription, event)

    def forget(self, subscription: Subscription) -> None:
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    @staticmethod
    def _deliver(subscription: Subscription, event: DomainEvent) -> None:
        try:
            subscription.take(event)
        except Exception:
            log.exception("bus_subscriber_failed", subscriber=subscription.name, kind=type(event).__name__)
