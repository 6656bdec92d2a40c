"""A call under way: its machine and everything the engine holds for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from campaigns.campaign import Campaign
from campaigns.lead import Dossier
from campaigns.policy import Limits, Policy
from dialer.domain.call import DIALLING, UNANSWERED_BY_US, Call, CallState
from dialer.domain.ids import customer_leg
from dialer.domain.line import HeldLine
from dialer.domain.matching import Demand
from dialer.engine.deadlines import Deadlines
from dialer.engine.mailbox import Content, Letter, Mailbox
from sip.events import LegScreened


@dataclass(slots=True, kw_only=True)
class LiveCall:
    """`dossier` is as of the dialling. `agent_id` is reserved for it or talks to it."""

    call: Call
    campaign: Campaign
    policy: Policy
    limits: Limits
    dossier: Dossier
    number: str
    caller_id: str
    line: HeldLine
    agent_id: str | None = None
    agent_leg: str | None = None
    always_open: bool = False  # the agent's leg stays up after this call
    tried: frozenset[str] = frozenset()  # agents whose phones failed it
    recording_id: str | None = None
    settled: bool = False  # its agent has decided about the lead already
    disposition: str = ""  # by which he did
    promised: bool = False  # an agent has decided meanwhile, about an earlier call to this lead
    stopped: bool = False  # its campaign was stopped: it is not wanted any more
    leaving: bool = False  # we told the customer's leg to end
    guaranteed: bool = False  # it may ring only while an agent is reserved for it
    found: bool = False  # of an earlier engine, and no worker has spoken for it yet
    offered: bool = False  # an agent became free and is reserved for it; its task has still to join the two
    deaf: bool = False  # no detector listens: nothing is waited for
    held: bool = False  # an agent is kept for it, and not joined before the verdict
    phone_up: str | None = None  # the agent's leg that is up while it is held
    spoken_for: bool = False  # its agent says that it is a person
    told: LegScreened | None = None  # while no engine was there
    greeting_over: bool = False
    message_over: bool = False
    message_asked: bool = False  # the safe-harbour message: from here on no agent is looked for
    mailbox: Mailbox = field(default_factory=Mailbox)
    deadlines: Deadlines = field(default_factory=Deadlines)

    @property
    def attempt_id(self) -> str:
        return self.call.attempt_id

    @property
    def inbound(self) -> bool:
        return False

    @property
    def customer_leg(self) -> str:
        return customer_leg(self.call.attempt_id)

    @property
    def state(self) -> CallState:
        return self.call.state

    @property
    def demand(self) -> Demand:
        return Demand(
            campaign_id=self.call.campaign_id,
            worker=self.line.worker,
            whole_line=self.line.legs == 2,
            skill=self.dossier.lead.skill,
        )

    @property
    def wants_agent(self) -> bool:
        """Will need, or needs now, an agent that it does not have."""
        if self.agent_id is not None or self.leaving or self.message_asked or self.call.safe_harbour_at is not None:
            return False
        return self.call.state in DIALLING or self.call.state in UNANSWERED_BY_US

    def post(self, content: Content) -> None:
        self.mailbox.post(Letter(content))
