"""A call from a customer under way: its machine and everything the engine holds for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from campaigns.campaign import Campaign
from campaigns.lead import Dossier
from dialer.domain.ids import customer_leg
from dialer.domain.inbound import UNSERVED, InboundCall, InboundState
from dialer.domain.line import HeldLine
from dialer.domain.matching import Demand
from dialer.engine.deadlines import Deadlines
from dialer.engine.mailbox import Content, Letter, Mailbox


@dataclass(slots=True, kw_only=True)
class LiveInbound:
    """`dossier` is as of the arrival; None: an unknown caller. `knows` are agents who know the customer, best first;
    `team` restricts who may take it (empty: whoever serves the campaign)."""

    call: InboundCall
    campaign: Campaign
    caller: str
    called: str
    line: HeldLine
    dossier: Dossier | None = None
    knows: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    agent_id: str | None = None
    agent_leg: str | None = None
    always_open: bool = False
    tried: frozenset[str] = frozenset()
    recording_id: str | None = None
    settled: bool = False  # its agent has decided already
    leaving: bool = False  # we told the caller's leg to end
    mailbox: Mailbox = field(default_factory=Mailbox)
    deadlines: Deadlines = field(default_factory=Deadlines)

    @property
    def attempt_id(self) -> str:
        """A call is a call: lines, seats and recordings name it like an attempt."""
        return self.call.inbound_id

    @property
    def inbound(self) -> bool:
        return True

    @property
    def customer_leg(self) -> str:
        return customer_leg(self.call.inbound_id)

    @property
    def state(self) -> InboundState:
        return self.call.state

    @property
    def demand(self) -> Demand:
        return Demand(campaign_id=self.campaign.campaign_id, worker=self.line.worker, whole_line=True)

    @property
    def wants_agent(self) -> bool:
        return self.agent_id is None and not self.leaving and self.call.state in UNSERVED

    def post(self, content: Content) -> None:
        self.mailbox.post(Letter(content))
