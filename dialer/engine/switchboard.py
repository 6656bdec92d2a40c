"""What a call's task works with: the ports, and the desks around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dialer.clock import Clock
from dialer.domain.events import CallConnected
from dialer.engine.agent_desk import AgentDesk
from dialer.engine.journal import Journal
from dialer.engine.line_pool import LinePool
from dialer.engine.open_legs import OpenLegs
from dialer.engine.orders import carried_out
from dialer.engine.recording_desk import RecordingDesk
from dialer.engine.settings import EngineSettings
from dialer.engine.trunk_watch import TrunkWatch
from sip.errors import TelephonyError
from sip.telephony import Telephony

if TYPE_CHECKING:
    from dialer.engine.live_call import LiveCall


@dataclass(slots=True, kw_only=True)
class Switchboard:
    telephony: Telephony
    clock: Clock
    settings: EngineSettings
    journal: Journal
    agents: AgentDesk
    open_legs: OpenLegs
    lines: LinePool
    trunks: TrunkWatch
    recordings: RecordingDesk
    find_agent: Callable[[LiveCall], str | None]
    uncovered: Callable[[LiveCall], bool]
    over: Callable[[LiveCall], None]
    connected: Callable[[CallConnected], None]

    async def tell(self, command: Awaitable[None]) -> TelephonyError | None:
        return await carried_out(command, within=self.settings.command_s)

    def loop_time(self, at: datetime) -> float:
        """An instant told by a worker, on the loop's clock; never in the future, whatever the worker's clock says."""
        now = self.clock.now()
        return self.clock.monotonic() - max((now - at).total_seconds(), 0.0)
