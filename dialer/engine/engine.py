"""The engine of a site: what web, command line and demo may ask of it. One event loop, one instance."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.campaign import Campaign, CampaignOrder, CampaignSettings, dials
from campaigns.verdict import Verdict
from dialer.domain.agent import AgentState
from dialer.domain.call import CallState
from dialer.domain.events import PacingReset
from dialer.engine.appointment_desk import AppointmentDesk
from dialer.engine.callback_desk import CallbackDesk
from dialer.engine.disposition_desk import Decision
from dialer.engine.explain import CampaignExplanation
from dialer.engine.floor import FloorSnapshot
from dialer.engine.house import House
from dialer.engine.mailbox import HangUpAsked, PersonMarked
from dialer.engine.pacer import Pacer
from dialer.engine.pilot_desk import PilotDesk
from dialer.engine.preview_desk import Shown
from dialer.errors import NotFound, WrongState
from dialer.ports import Agent


class Engine(House):
    """`async with engine:` runs it; the telephony is started and closed with it.

    `leave_calls` at the end: conversations go on in their workers and the next engine takes them over.
    """

    # campaigns
    def campaigns(self) -> list[Campaign]:
        return self._campaigns.all()

    async def create_campaign(self, settings: CampaignSettings, by: str = "", *, note: str = "") -> Campaign:
        return await self._campaigns.create(settings, by=by, note=note)

    async def update_campaign(
        self, code: str, settings: CampaignSettings, by: str = "", *, note: str = "", expected: int | None = None
    ) -> Campaign:
        """Raises `FewerLinesThanAgents` where it dials and would have too few lines, and `WrongState` where the
        present version is not the `expected` one."""
        campaign = await self._campaigns.find(code)
        if dials(campaign.state):
            self._lines_check.may_change(replace(campaign, settings=settings))
        return await self._campaigns.update(code, settings, by=by, note=note, expected=expected)

    async def start_campaign(self, code: str, by: str = "") -> Campaign:
        """Raises `FewerLinesThanAgents`, `WrongState` (also while its last pilot is not decided), `NotFound` or
        `Invalid`."""
        campaign = await self._campaigns.find(code)
        self._pilots.may_start(campaign)
        self._campaigns.check(campaign.settings)
        self._lines_check.may_start(campaign)
        return await self._campaigns.order(code, CampaignOrder.START, by=by)

    async def pause_campaign(self, code: str, by: str = "") -> Campaign:
        return await self._campaigns.order(code, CampaignOrder.PAUSE, by=by)

    async def drain_campaign(self, code: str, by: str = "") -> Campaign:
        await self._campaigns.order(code, CampaignOrder.DRAIN, by=by)
        await self._drained()
        return await self._campaigns.find(code)

    async def stop_campaign(self, code: str, by: str = "") -> Campaign:
        return await self._campaigns.order(code, CampaignOrder.STOP, by=by)

    @property
    def pilots(self) -> PilotDesk:
        """Trial runs: started, taken up again, decided."""
        return self._pilots

    async def explain_campaign(self, code: str) -> CampaignExplanation:
        return await self._explainer.campaign(code)

    async def explain_lead(self, lead_id: int) -> Verdict:
        return await self._explainer.lead(lead_id)

    # agents
    async def staff_changed(self) -> None:
        """Agents, their groups, skills or passed scripts were changed: it holds from the next call on."""
        await self._agents.load()
        self._campaigns_changed()

    def may_serve(self, agent: Agent) -> None:
        """Raises `FewerLinesThanAgents` where these groups and skills would make him one too many."""
        self._lines_check.may_serve(agent)

    async def scripts_changed(self) -> None:
        """A version was released or retired: it holds for new attempts, and only who has passed it gets them."""
        await self._staff.load_scripts()
        self._campaigns_changed()

    async def log_in(self, agent_id: str) -> None:
        """Raises `FewerLinesThanAgents` where he would be one too many for a campaign that dials."""
        await self._journal.room()
        await self._agents.log_in(agent_id, self._lines_check.may_log_in)

    async def make_ready(self, agent_id: str) -> None:
        """Logs in where needed; an always-open leg is called first.

        Raises `NotReachable` when the phone is silent, and whatever `log_in` raises.
        """
        await self.log_in(agent_id)
        if self._agents.seat(agent_id).state is AgentState.PAUSED:
            await self._open_leg(agent_id)
        self._agents.ready(agent_id)

    async def pause_agent(self, agent_id: str, reason: str = "") -> None:
        await self._journal.room()
        self._agents.pause(agent_id, reason)

    async def log_out(self, agent_id: str) -> None:
        await self._journal.room()
        self._agents.log_out(agent_id)

    async def extend_wrap_up(self, agent_id: str) -> datetime:
        return self._agents.extend(agent_id, timedelta(seconds=self._settings.wrap_up_extension_s))

    # leads shown to agents
    def preview(self, agent_id: str) -> Shown | None:
        """The lead that the agent looks at, or has decided to call."""
        return self._previews.of(agent_id)

    async def accept_lead(self, agent_id: str) -> Shown:
        """It is called as soon as there is a line, with this agent kept for it. Raises `WrongState`."""
        await self._journal.room()
        shown = self._previews.accept(agent_id)
        self.wake()
        return shown

    async def skip_lead(self, agent_id: str, reason: str = "") -> Shown:
        """It goes back, and not to this agent again today. Raises `WrongState`."""
        await self._journal.room()
        return await self._previews.skip(agent_id, reason)

    # pacing
    async def pacer(self, code: str) -> Pacer:
        """What a campaign's pacing has learned and counted."""
        return await self._keeper.ensure(await self._campaigns.find(code))

    async def keep_pacing(self) -> None:
        """The decisions so far can be read in the store afterwards."""
        await self._keeper.write(everything=False)

    async def reset_pacing(self, code: str, by: str = "") -> bool:
        """Forgets what was learned; what was counted stays. Whether there was anything."""
        campaign = await self._campaigns.find(code)
        forgotten = await self._keeper.forget(campaign)
        await self._journal.commit(
            [PacingReset(occurred_at=self._clock.now(), campaign_id=campaign.campaign_id, by=by)]
        )
        self.wake()
        return forgotten

    # calls
    async def dispose(
        self,
        attempt_id: str,
        code: str,
        note: str = "",
        callback_at: datetime | None = None,
        agent_id: str | None = None,
        *,
        callback_for: str = "",
        appointment_at: datetime | None = None,
    ) -> None:
        """`callback_for`: "me", "anyone" or an agent's id."""
        decision = Decision(
            code=code, note=note, callback_at=callback_at, callback_for=callback_for, appointment_at=appointment_at
        )
        if await self._inbound_dispositions.owns(attempt_id):
            await self._inbound_dispositions.dispose(attempt_id, decision, agent_id=agent_id)
            return
        await self._dispositions.dispose(attempt_id, decision, agent_id=agent_id)

    async def correct_disposition(self, attempt_id: str, decision: Decision, *, by: str) -> None:
        if await self._inbound_dispositions.owns(attempt_id):
            await self._inbound_dispositions.correct(attempt_id, decision, by=by)
            return
        await self._dispositions.correct(attempt_id, decision, by=by)

    @property
    def appointments(self) -> AppointmentDesk:
        """Moved and cancelled by hand."""
        return AppointmentDesk(
            store=self._store, clock=self._clock, policies=self._settings.policies, commit=self._journal.commit,
            under_way=self._calls.of_lead,
        )  # fmt: skip

    @property
    def callbacks(self) -> CallbackDesk:
        """Promises made, moved, handed over and taken back by hand."""
        return self._callbacks

    async def adopt_caller(
        self, inbound_id: str, *, name: str = "", owner: str = "", code: str = "", by: str = ""
    ) -> int:
        """The unknown caller becomes a lead of the campaign `code` ("" is the call's); returns the lead's id."""
        lead_id = await self._inbound_dispositions.adopt(inbound_id, name=name, owner=owner, code=code, by=by)
        self.wake()
        return lead_id

    async def hang_up(self, attempt_id: str) -> None:
        live = self._calls.get(attempt_id) or self._inbound.get(attempt_id)
        if live is None:
            raise NotFound(f"call {attempt_id} is not under way", field="attempt_id")
        live.post(HangUpAsked())

    async def mark_person(self, attempt_id: str, *, agent_id: str) -> None:
        """Its agent says that he talks to a person: no detector takes the call from him any more."""
        live = self._calls.get(attempt_id)
        if live is None:
            raise NotFound(f"call {attempt_id} is not under way", field="attempt_id")
        if live.state is not CallState.CONNECTED or live.agent_id != agent_id:
            raise WrongState(f"agent {agent_id} does not talk in call {attempt_id}", field="agent_id")
        live.spoken_for = True
        live.post(PersonMarked(self._clock.now(), agent_id))

    def mend_trunk(self, name: str) -> None:
        """Takes a stopped or resting trunk back into service: a trunk without registration cannot tell by itself."""
        if name not in self._trunks.trunks:
            raise NotFound(f"there is no trunk {name!r} on this site", field="name")
        self._trunks.mend(name)

    # the floor
    def floor(self) -> FloorSnapshot:
        return self._view.snapshot(
            at=self._clock.now(), journal_waiting=self._journal.waiting, recovering=not self._recovery.complete
        )

    def stop_dialling(self) -> None:
        """No new attempts until the end of this engine; calls that are up go on. Campaigns keep their state."""
        self._stopping = True

    @property
    def bugs(self) -> int:
        """Faults of our own since the start; each is in the log with its trace."""
        return self._tasks.bugs + self._pacing.faults + self._callback_watch.faults + self._journal.refused
