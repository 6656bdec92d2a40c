"""What has happened so far, counted from the bus as it goes by."""

from __future__ import annotations

from collections import Counter, deque

from dialer.domain.events import (
    CallConnected,
    CallDisposed,
    CallEnded,
    CallPlaced,
    DomainEvent,
    LeadClosed,
    NumberSuppressed,
)

RECENT = 50


class Tally:
    def __init__(self, leads: int, campaign_id: int) -> None:
        self.leads = leads
        self.attempts = 0
        self.connected = 0
        self.outcomes: Counter[str] = Counter()
        self.dispositions: Counter[str] = Counter()
        self.recent: deque[str] = deque(maxlen=RECENT)
        self._campaign_id = campaign_id
        self._closed: set[int] = set()

    @property
    def closed(self) -> int:
        return len(self._closed)

    def note(self, event: DomainEvent) -> None:
        match event:
            case CallPlaced():
                self.attempts += 1
            case CallConnected():
                self.connected += 1
            case CallEnded():
                self.outcomes[event.outcome.value] += 1
                self.recent.append(f"{event.occurred_at.astimezone():%H:%M:%S}  {event.outcome.value}  {event.reason}")
            case CallDisposed():
                self.dispositions[event.code] += 1
                self.recent.append(f"{event.occurred_at.astimezone():%H:%M:%S}  agent {event.agent_id}: {event.code}")
            case LeadClosed() if event.campaign_id == self._campaign_id:
                self._closed.add(event.lead_id)
            case NumberSuppressed() if event.lead_id is not None:
                self._closed.add(event.lead_id)
