"""What a promised call means: when it may be promised for, what every call under it makes of it, and who keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from campaigns.attempt import AttemptOutcome
from campaigns.callback import Callback, CallbackOrder
from campaigns.campaign import CampaignSettings
from campaigns.disposition import Disposition
from campaigns.lead import CloseReason, Dossier, DueKind, Lead
from campaigns.policy import Policy
from campaigns.retry import Again, Step
from campaigns.windows import is_open, local_time, next_opening, openings, zone

_O = AttemptOutcome
_BACK_DAYS: Final = 40  # how far back the last opening before a closed time is looked for
_NOT_REACHED: Final = frozenset({_O.NO_ANSWER, _O.BUSY, _O.MACHINE, _O.CANCELLED, _O.LOST, _O.DECLINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A callback agreed in a call. `agent_id` None: anyone."""

    due_at: datetime
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What a call means for its lead, for the callback that was open, and what was promised anew."""

    step: Step
    order: CallbackOrder | None = None
    promised: Promised | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRefused:
    """`before` and `after` are the nearest instants at which a call may be promised; None where there is none."""

    reason: str
    before: datetime | None = None
    after: datetime | None = None


def check_time(
    settings: CampaignSettings, policy: Policy, time_zone: str, at: datetime, now: datetime
) -> TimeRefused | None:
    """May a call be promised for `at`? By the hours that will decide when it is dialled; None: it may."""
    if at <= now:
        return TimeRefused(reason="it lies in the past")
    latest = now + timedelta(days=settings.callbacks.latest_days)
    if at > latest:
        return TimeRefused(
            reason=f"it is more than {settings.callbacks.latest_days} days ahead (callbacks.latest_days)", before=latest
        )
    if zone(time_zone) is None:
        return TimeRefused(reason="the customer's time zone is not known, so nobody knows when calling is allowed")
    if is_open(settings.schedule, time_zone, at, policy):
        return _after_deadline(settings, time_zone, at)
    before, following = nearest(settings, policy, time_zone, at, now)
    return TimeRefused(
        reason=f"{local_time(at, time_zone):%a %Y-%m-%d %H:%M} at the customer's is outside the calling hours",
        before=before,
        after=following if following is not None and following <= latest else None,
    )


def nearest(
    settings: CampaignSettings, policy: Policy, time_zone: str, at: datetime, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The last whole minute before `at`, not in the past, and the first instant after it, inside the calling hours."""
    start = max(now, at - timedelta(days=_BACK_DAYS))
    last: datetime | None = None
    for begin, end in openings(settings.schedule, time_zone, start, policy, days=_BACK_DAYS + 2):
        if begin >= at:
            break
        last = max(begin, min(end, at) - timedelta(minutes=1))
    return (
        last if last is not None and last > now else None,
        next_opening(settings.schedule, time_zone, at, policy),
    )


def conversation(outcome: AttemptOutcome, disposition: Disposition | None) -> bool:
    """Whether the promise was kept: the right person was spoken to, as far as anybody has said."""
    if disposition is None:
        return outcome is _O.HUMAN
    return disposition.contact or disposition.success or disposition.callback


def aftermath(
    settings: CampaignSettings,
    policy: Policy,
    dossier: Dossier,
    step: Step,
    *,
    outcome: AttemptOutcome,
    disposition: Disposition | None = None,
    callback_at: datetime | None = None,
    callback_for: str | None = None,
    now: datetime,
) -> Aftermath:
    """`step` is what the retry rules say; a promise goes before them. `dossier.callback` is the one open until now."""
    kept = CallbackOrder.KEEP if dossier.callback is not None else None
    if disposition is not None and disposition.callback and step.again is not None:
        made = Promised(due_at=callback_at or step.again.due_at, agent_id=callback_for)
        return Aftermath(step=replace(step, again=due(settings, step.again, made)), order=kept, promised=made)
    if dossier.callback is None or conversation(outcome, disposition):
        return Aftermath(step=step, order=kept)
    return _still_promised(settings, policy, dossier, dossier.callback, step, outcome=outcome, now=now)


def due(settings: CampaignSettings, again: Again, promise: Promised | Callback) -> Again:
    """The lead's next try as a callback: for its agent first, for anyone when he does not take it in time."""
    escalates = again.due_at + timedelta(seconds=settings.callbacks.escalate_after_s)
    return replace(
        again,
        kind=DueKind.CALLBACK,
        for_agent=promise.agent_id,
        escalates_at=escalates if promise.agent_id is not None else None,
    )


def first_try(settings: CampaignSettings, promise: Promised | Callback, *, guaranteed: bool = False) -> Again:
    return due(settings, Again(due_at=promise.due_at, agent_guaranteed=guaranteed, reason="callback"), promise)


def kept_for(lead: Lead, now: datetime) -> str | None:
    """The only agent who may take the lead's next call now; None: anyone."""
    if lead.for_agent is None or (lead.escalates_at is not None and lead.escalates_at <= now):
        return None
    return lead.for_agent


def tries(dossier: Dossier, callback: Callback) -> int:
    """Calls made to keep it; while it is open, none of them did."""
    return sum(
        attempt.lead_id == callback.lead_id
        and attempt.placed_at >= callback.due_at
        and attempt.outcome is not None
        and attempt.charged
        for attempt in dossier.history
    )


def _still_promised(
    settings: CampaignSettings, policy: Policy, dossier: Dossier, callback: Callback, step: Step, *,
    outcome: AttemptOutcome, now: datetime,
) -> Aftermath:  # fmt: skip
    """Nobody was reached: soon again a few times, then by the ordinary rules, which may end it only after a time."""
    if step.close is not None and not _may_go_on(settings, callback, step.close, now):
        return Aftermath(step=step, order=CallbackOrder.MISS)
    delays, done = settings.callbacks.retry_delays_s, tries(dossier, callback)
    guaranteed = step.again.agent_guaranteed if step.again is not None else dossier.lead.agent_guaranteed
    if outcome in _NOT_REACHED and 0 < done <= len(delays):
        words = f"callback, not reached, try {done} of {len(delays) + 1}"
        again = _open_again(settings, policy, dossier, now + timedelta(seconds=delays[done - 1]), guaranteed, words)
    elif step.again is not None:
        again = step.again
    else:
        again = _open_again(settings, policy, dossier, now + timedelta(days=1), guaranteed, "callback, not reached")
    return Aftermath(step=replace(step, close=None, again=due(settings, again, callback)))


def _may_go_on(settings: CampaignSettings, callback: Callback, reason: CloseReason, now: datetime) -> bool:
    """Used-up attempts of the lead do not end a promise, until it has been tried for long enough."""
    exhausted = reason in (CloseReason.ATTEMPTS_EXHAUSTED, CloseReason.DECLINED, CloseReason.LIFETIME)
    return exhausted and now < callback.due_at + timedelta(days=settings.callbacks.keep_days)


def _open_again(
    settings: CampaignSettings, policy: Policy, dossier: Dossier, at: datetime, guaranteed: bool, reason: str
) -> Again:
    opening = next_opening(settings.schedule, dossier.lead.time_zone, at, policy)
    return Again(due_at=opening or at, agent_guaranteed=guaranteed, reason=reason)


def _after_deadline(settings: CampaignSettings, time_zone: str, at: datetime) -> TimeRefused | None:
    if settings.deadline is None or local_time(at, time_zone).date() <= settings.deadline:
        return None
    return TimeRefused(reason=f"the campaign's last day is {settings.deadline.isoformat()}")
