"""Promised calls in people's hands: made, moved, handed to somebody else, taken back, or overtaken by the customer.

Works on the running engine and, without one, on the store alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.callback import Callback, CallbackOrder, CallbackState
from campaigns.campaign import Campaign
from campaigns.dnc import callable_numbers
from campaigns.lead import CloseReason, Dossier, DueKind, Lead, LeadState
from campaigns.retry import Again, next_step
from dialer.clock import Clock
from dialer.domain.events import CallbackPromised, CallbackSettled, DomainEvent
from dialer.domain.ids import new_id
from dialer.engine.call_end import lead_events
from dialer.engine.live_call import LiveCall
from dialer.engine.promises import check_promise, known_agent, moved, rescheduled, settle, under_promise
from dialer.engine.settings import Policies
from dialer.errors import AlreadyExists, Invalid, NotFound, WrongState
from dialer.ports import Store

Commit = Callable[[Sequence[DomainEvent]], Awaitable[None]]
UnderWay = Callable[[int], LiveCall | None]
ANYONE = "anyone"


def nobody_calls(_: int) -> LiveCall | None:
    """Without an engine no call is under way."""
    return None


class CallbackDesk:
    """`commit` makes events durable; `under_way` finds the call to a lead that is up now."""

    def __init__(
        self, *, store: Store, clock: Clock, policies: Policies, commit: Commit, under_way: UnderWay = nobody_calls
    ) -> None:
        self._store, self._clock, self._policies = store, clock, policies
        self._commit, self._under_way = commit, under_way

    async def make(self, lead_id: int, due_at: datetime, *, agent_id: str | None, note: str, by: str) -> str:
        """By hand; the new callback's id. A closed lead is opened again for it; one on the do-not-call list is not."""
        dossier, campaign = await self._dossier(lead_id)
        if dossier.callback is not None:
            raise AlreadyExists(
                f"lead {lead_id} has a callback for {dossier.callback.due_at.isoformat()} already "
                f"({dossier.callback.callback_id}); move that one",
                field="lead",
            )
        self._check_callable(dossier)
        self._check_time(dossier, campaign, due_at)
        if agent_id is not None:
            await known_agent(self._store, agent_id, field="agent")
        now = self._clock.now()
        made = CallbackPromised(
            occurred_at=now, callback_id=new_id(now), campaign_id=campaign.campaign_id, lead_id=lead_id,
            agent_id=agent_id, due_at=due_at, by=by, note=note,
        )  # fmt: skip
        promise = Callback(
            callback_id=made.callback_id, campaign_id=campaign.campaign_id, lead_id=lead_id, due_at=due_at,
            made_at=now, agent_id=agent_id,
        )  # fmt: skip
        await self._commit([under_promise(campaign.settings, dossier.lead, promise, now), made])
        return made.callback_id

    async def move(
        self, callback_id: str, *, due_at: datetime | None = None, agent: str | None = None, by: str, reason: str = ""
    ) -> None:
        """To another time, another agent (`ANYONE`: whoever is free), or both; what is None stays."""
        callback, dossier, campaign = await self._open(callback_id)
        if due_at is None and agent is None:
            raise Invalid("say what is to change: another time or another agent", field="callback_at")
        if due_at is not None:
            self._check_time(dossier, campaign, due_at)
        agent_id = callback.agent_id if agent is None else None if agent == ANYONE else agent
        if agent is not None and agent_id is not None:
            await known_agent(self._store, agent_id, field="agent")
        now = self._clock.now()
        change = moved(callback, due_at=due_at or callback.due_at, agent_id=agent_id, by=by, reason=reason, now=now)
        promise = replace(callback, due_at=max(change.due_at, now), agent_id=agent_id)
        await self._commit([under_promise(campaign.settings, dossier.lead, promise, now), change])

    async def cancel(self, callback_id: str, *, by: str, reason: str) -> None:
        """The lead goes on as if nothing had been promised."""
        callback, dossier, campaign = await self._open(callback_id)
        if not reason.strip():
            raise Invalid("say why the callback is cancelled: the customer counts on it", field="reason")
        now = self._clock.now()
        settled = settle(callback, CallbackOrder.CANCEL, by=by, attempt_id=None, now=now, reason=reason)
        await self._commit([settled, *self._without(dossier, campaign, now)])

    async def attach_inbound(self, lead_id: int, call_id: str, *, agent_id: str, talked: bool = True) -> list[str]:
        """The customer called in first. An open callback is settled as attached to that call; whatever else the lead
        was due for waits as after any conversation in which nothing was decided.

        Returns the ids of the callbacks attached. `talked` False (nobody answered him) leaves everything as it is: the
        promise is kept all the more.
        """
        events = await self.attached(lead_id, call_id, agent_id=agent_id) if talked else []
        if events:
            await self._commit(events)
        return [event.callback_id for event in events if isinstance(event, CallbackSettled)]

    async def attached(self, lead_id: int, call_id: str, *, agent_id: str) -> list[DomainEvent]:
        """The same as events, for whoever writes them together with the end of the customer's call."""
        dossier, campaign = await self._dossier(lead_id)
        now, events = self._clock.now(), list[DomainEvent]()
        if dossier.callback is not None:
            events.append(
                settle(
                    dossier.callback, CallbackOrder.ATTACH, by=agent_id, attempt_id=call_id, now=now,
                    reason="the customer called in first",
                )
            )  # fmt: skip
        if dossier.lead.state is LeadState.OPEN:
            events += self._after_talk(dossier, campaign, call_id, now)
        return events

    def _after_talk(self, dossier: Dossier, campaign: Campaign, call_id: str, now: datetime) -> list[DomainEvent]:
        number = dossier.lead.numbers[0].e164 if dossier.lead.numbers else ""
        talk = PastAttempt(
            attempt_id=call_id, campaign_id=campaign.campaign_id, lead_id=dossier.lead.lead_id, number=number,
            placed_at=now, answered_at=now, ended_at=now, outcome=AttemptOutcome.HUMAN,
        )  # fmt: skip
        spoken = replace(dossier, history=(*dossier.history, talk), callback=None, lead=_ordinary(dossier))
        step = next_step(
            campaign.settings, self._policies.of(campaign.settings, dossier.lead.country), spoken, number=number,
            outcome=AttemptOutcome.HUMAN, disposition=None, callback_at=None, now=now,
        )  # fmt: skip
        if step.close is CloseReason.ATTEMPTS_EXHAUSTED:  # his own call is none of ours
            return []
        return lead_events(step, spoken, now=now, source="the customer called in")

    def _without(self, dossier: Dossier, campaign: Campaign, now: datetime) -> list[DomainEvent]:
        """As the last call left the lead; one that was never called is fresh."""
        ended = [a for a in dossier.history if a.lead_id == dossier.lead.lead_id and a.outcome is not None]
        plain = replace(dossier, callback=None, lead=_ordinary(dossier))
        if not ended or ended[-1].outcome is None:
            again = Again(due_at=now, agent_guaranteed=False, reason="callback cancelled", kind=DueKind.FRESH)
            return [rescheduled(dossier.lead, again, now)]
        step = next_step(
            campaign.settings, self._policies.of(campaign.settings, dossier.lead.country), plain,
            number=ended[-1].number, outcome=ended[-1].outcome, disposition=None, callback_at=None, now=now,
        )  # fmt: skip
        return lead_events(step, plain, now=now, source="callback cancelled")

    async def _open(self, callback_id: str) -> tuple[Callback, Dossier, Campaign]:
        found = await self._store.callbacks.find(callback_id)
        if found is None:
            raise NotFound(f"there is no callback {callback_id!r}", field="callback")
        callback = found.callback
        if callback.state is not CallbackState.OPEN:
            raise WrongState(
                f"callback {callback_id} is {callback.state} already", field="callback",
                details={"state": callback.state.value},
            )  # fmt: skip
        return callback, *await self._dossier(callback.lead_id)

    async def _dossier(self, lead_id: int) -> tuple[Dossier, Campaign]:
        return await quiet_dossier(self._store, self._clock, self._under_way, lead_id)

    def _check_time(self, dossier: Dossier, campaign: Campaign, due_at: datetime) -> None:
        policy = self._policies.of(campaign.settings, dossier.lead.country)
        check_promise(campaign.settings, policy, dossier.lead, due_at, self._clock.now())

    def _check_callable(self, dossier: Dossier) -> None:
        lead = dossier.lead
        if lead.state is not LeadState.DO_NOT_CALL and not callable_numbers(lead, dossier.suppressed):
            raise WrongState(
                f"no number of lead {lead.lead_id} may be called: they are invalid or on a do-not-call list",
                field="lead",
            )


async def quiet_dossier(store: Store, clock: Clock, under_way: UnderWay, lead_id: int) -> tuple[Dossier, Campaign]:
    """Of a lead to which no call is under way. Raises `WrongState` and `NotFound`."""
    dossier = await store.dossier(lead_id, now=clock.now())
    if under_way(lead_id) is not None:
        raise WrongState(
            f"a call to lead {lead_id} is under way; decide with its disposition, or wait for its end", field="lead"
        )
    for campaign in await store.campaigns():
        if campaign.campaign_id == dossier.lead.campaign_id:
            return dossier, campaign
    raise NotFound(f"the campaign of lead {lead_id} is gone", field="lead")


def _ordinary(dossier: Dossier) -> Lead:
    """The lead without what was promised to it."""
    return replace(dossier.lead, due_kind=DueKind.RETRY, for_agent=None, escalates_at=None)
