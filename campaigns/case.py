"""One attempt that has ended, and everything that may follow from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from campaigns.attempt import NOT_CHARGED, AttemptOutcome, PastAttempt
from campaigns.cadence import AFTER_VISIT, DECIDED, Series, next_contact, series
from campaigns.campaign import CampaignSettings
from campaigns.caps import lead_use
from campaigns.day_parts import next_due
from campaigns.disposition import Disposition
from campaigns.dnc import callable_numbers
from campaigns.lead import CloseReason, Dossier, DueKind
from campaigns.number_choice import dialling_order
from campaigns.policy import Policy
from campaigns.reminders import in_time, reminder_at
from campaigns.retry_rules import (
    InForce,
    by_disposition,
    cause,
    disposition_of,
    in_force,
    own_attempts,
    rule_after,
    rule_for,
)
from campaigns.retry_words import by_rule
from campaigns.room import PROMISED, first_room
from campaigns.stage import Stage
from campaigns.step import Again, Step
from campaigns.windows import next_opening, zone

_DAY: Final = timedelta(days=1)
_O = AttemptOutcome


def outlived(settings: CampaignSettings, dossier: Dossier, at: datetime) -> bool:
    """Whether the lead has been open for longer than the campaign allows. Unknown since when: since its first call."""
    if settings.lead_lifetime_days is None:
        return False
    since = dossier.lead.created_at or min((a.placed_at for a in own_attempts(dossier)), default=None)
    return since is not None and at >= since + timedelta(days=settings.lead_lifetime_days)


@dataclass(frozen=True, slots=True)
class Case:
    settings: CampaignSettings
    policy: Policy
    dossier: Dossier
    number: str
    now: datetime
    cancelled: bool = False  # the appointment

    def closed(self) -> Step:
        return Step(close=CloseReason.DISPOSITION)

    def after_outcome(self, outcome: AttemptOutcome, words: str = "") -> Step:
        """By the rule of the outcome, or of what the agent made of it."""
        if outcome is _O.INVALID_NUMBER:
            return self._invalid()
        own = own_attempts(self.dossier)
        held = in_force(self.settings, own)
        assert held is not None
        if self._used_up(held, own):
            return self._given_up(outcome)
        kind = self._kind()
        seen = self._seen_as(kind)
        order = dialling_order(seen, self.settings)
        number = order[0].e164 if order else self.number
        before = self._appointment() if kind is DueKind.REMINDER else None
        due_at = next_due(self.settings, self.policy, seen, now=self.now, held=held, number=number, before=before)
        if outcome is _O.ABANDONED:
            due_at = max(due_at, self.now + self.policy.abandon_lockout)
        return self._unless_exhausted(outcome, due_at, by_rule(words or outcome, held), kind)

    def after_talk(self, outcome: AttemptOutcome, disposition: Disposition) -> Step:
        """Nothing final was decided: the next follow-up, or the disposition's rule over the outcome's."""
        ruled = by_disposition(self.settings, disposition)
        if disposition.contact and not ruled:
            if (at := self._appointment()) is not None:
                return self.after_appointment(at)  # the customer knows of it
            if self.dossier.lead.stage in DECIDED:
                return self._decided()
            if (found := series(self.settings, self.dossier, self.now)) is not None:
                return self._follow_up(found)
        if disposition.machine and not ruled:
            return self.after_outcome(_O.MACHINE, "answering machine")
        return self.after_outcome(outcome, f"disposition {disposition.code}" if ruled else "")

    def callback(self, callback_at: datetime | None, disposition: Disposition) -> Step:
        """At the promised time, or when nobody named one after the disposition's own delay or a day."""
        fallback = timedelta(seconds=disposition.retry_after_s) if disposition.retry_after_s else _DAY
        due_at = max(callback_at or self.now + fallback, self.now)
        return self._again(due_at, _O.HUMAN, "callback promised", DueKind.CALLBACK)

    def appointment(self, disposition: Disposition, appointment_at: datetime | None) -> Step | None:
        """Booked, moved or confirmed; None where the disposition has nothing to do with an appointment ahead."""
        if not disposition.appointment:
            return None
        if appointment_at is None:
            at = self._appointment()
            return None if at is None else self.after_appointment(at)
        return self.booked(appointment_at)

    def booked(self, appointment_at: datetime) -> Step:
        """Due for its reminder; where no hour is left for one, for what comes after it."""
        remind = reminder_at(self.settings, self.policy, self.dossier.lead, appointment_at=appointment_at, now=self.now)
        if remind is None:
            return self.after_appointment(appointment_at)
        return self._reminder(remind, appointment_at, "reminder of the appointment")

    def after_appointment(self, appointment_at: datetime) -> Step:
        """No more reminder is due: the campaign follows up the visit, or the lead is closed as its agent decided."""
        after = max(appointment_at, self.now)
        if self.settings.visit_cadence is not None:
            return self._follow_up(Series(self.settings.visit_cadence, appointment_at, 0, AFTER_VISIT), after=after)
        if self._booking_closes():
            return self.closed()
        return self._again(after + _DAY, _O.HUMAN, "the day after the appointment", DueKind.CADENCE)

    def without_number(self, reason: str) -> Step:
        """The number goes; the lead's next one is tried, or the lead is closed."""
        left = [n for n in callable_numbers(self.dossier.lead, self.dossier.suppressed) if n.e164 != self.number]
        if not left:
            return Step(close=CloseReason.INVALID_NUMBER, invalidate=self.number)
        numbers = tuple(replace(n, usable=n.usable and n.e164 != self.number) for n in self.dossier.lead.numbers)
        case = replace(self, dossier=replace(self.dossier, lead=replace(self.dossier.lead, numbers=numbers)))
        step = case._unless_exhausted(_O.INVALID_NUMBER, self.now, f"{reason}, next number", case._kind())
        return replace(step, invalidate=self.number)

    def _decided(self) -> Step:
        lost = self.dossier.lead.stage is Stage.LOST
        return Step(close=CloseReason.LOST if lost else CloseReason.DISPOSITION)

    def _follow_up(self, found: Series, *, after: datetime | None = None) -> Step:
        due_at = next_contact(
            self.settings, self.policy, self._seen_as(DueKind.CADENCE), found,
            number=self._talk_number(), now=after or self.now,
        )  # fmt: skip
        if due_at is None:
            return Step(close=CloseReason.ATTEMPTS_EXHAUSTED)
        total = found.cadence.steps[-1].contacts
        words = f"{found.name} {found.made + 1} of {total}"
        if found.over(after or self.now):
            words = f"{found.name}, after {found.cadence.rest_days} days of rest"
        return self._again(due_at, _O.HUMAN, words, DueKind.CADENCE)

    def _talk_number(self) -> str:
        order = dialling_order(self._seen_as(DueKind.CADENCE), self.settings)
        return order[0].e164 if order else self.number

    def _reminder(self, due_at: datetime, appointment_at: datetime, reason: str) -> Step:
        step = self._again(due_at, _O.HUMAN, reason, DueKind.REMINDER)
        if step.again is None or in_time(appointment_at, step.again.due_at):
            return step
        return self.after_appointment(appointment_at)

    def _unless_exhausted(self, outcome: AttemptOutcome, due_at: datetime, reason: str, kind: DueKind) -> Step:
        if kind is DueKind.REMINDER and (at := self._appointment()) is not None:
            if outcome is _O.HUMAN:  # his agent has still to say what became of it
                return self._again(at, outcome, "until the appointment", kind)
            return self._reminder(due_at, at, f"reminder of the appointment; {reason}")
        used_up = outcome not in NOT_CHARGED and not lead_use(self.dossier, self.settings, self.now).free
        if used_up and not self._followed_up():
            return Step(close=CloseReason.ATTEMPTS_EXHAUSTED)
        return self._again(due_at, outcome, reason, kind)

    def _again(self, due_at: datetime, outcome: AttemptOutcome, reason: str, kind: DueKind) -> Step:
        """Moved to the next opening with room under the caps. Who was abandoned keeps his guaranteed agent until he has
        talked to one."""
        lead = self.dossier.lead
        guaranteed = outcome is _O.ABANDONED or (lead.agent_guaranteed and not self._talked(outcome))
        opening = next_opening(self.settings.schedule, lead.time_zone, due_at, self.policy)
        if opening is not None:
            due_at = first_room(self._seen_as(kind), self.settings, self.policy, opening, promised=kind in PROMISED)
            reason += "; moved to when the caps allow it" if due_at > opening else ""
        if kind not in PROMISED and outlived(self.settings, self.dossier, due_at):
            return Step(close=CloseReason.LIFETIME)
        return Step(again=Again(due_at=due_at, agent_guaranteed=guaranteed, reason=reason, kind=kind))

    def _talked(self, outcome: AttemptOutcome) -> bool:
        """Who answered and hung up before an agent was there has talked to nobody."""
        own = own_attempts(self.dossier)
        return outcome is _O.HUMAN and not (own and own[-1].outcome is _O.HUMAN and not own[-1].talked)

    def _invalid(self) -> Step:
        rule = rule_for(self.settings, _O.INVALID_NUMBER)
        days = {self._local_day(a) for a in self.dossier.history if self._confirms(a)}
        if len(days) >= (rule.limit or 2):
            return self.without_number("invalid number")
        held = InForce(rule, max(len(days), 1))
        kind = self._kind()
        due_at = next_due(self.settings, self.policy, self._seen_as(kind), now=self.now, held=held, number=self.number)
        return self._unless_exhausted(_O.INVALID_NUMBER, due_at, "invalid number, to be confirmed", kind)

    def _used_up(self, held: InForce, own: list[PastAttempt]) -> bool:
        """The limit of the rule that belongs to what has just happened, over the lead's whole life."""
        rule = rule_after(self.settings, own[-1])
        if rule.limit is None:
            return False
        why = cause(self.settings, own[-1])
        return sum(cause(self.settings, attempt) == why for attempt in own) >= rule.limit

    def _given_up(self, outcome: AttemptOutcome) -> Step:
        return Step(close=CloseReason.DECLINED if outcome is _O.DECLINED else CloseReason.ATTEMPTS_EXHAUSTED)

    def _kind(self) -> DueKind:
        """A reminder that was not heard is still one."""
        waits = self.dossier.lead.due_kind is DueKind.REMINDER and self._appointment() is not None
        return DueKind.REMINDER if waits else DueKind.RETRY

    def _appointment(self) -> datetime | None:
        """The one ahead."""
        at = self.dossier.lead.appointment_at
        return at if at is not None and at > self.now and not self.cancelled else None

    def _booking_closes(self) -> bool:
        """Whether the disposition that booked the appointment closes the lead."""
        made = [disposition_of(self.settings, attempt) for attempt in own_attempts(self.dossier)]
        return next((d.closes_lead for d in reversed(made) if d is not None and d.appointment), True)

    def _followed_up(self) -> bool:
        """Who was reached and is being followed up is not given up because he misses some calls."""
        found = series(self.settings, self.dossier, self.now)
        return found is not None and not found.over(self.now)

    def _seen_as(self, kind: DueKind) -> Dossier:
        """As the verdict will see it when the lead is due."""
        return replace(self.dossier, lead=replace(self.dossier.lead, due_kind=kind))

    def _confirms(self, attempt: PastAttempt) -> bool:
        return attempt.number == self.number and attempt.outcome is _O.INVALID_NUMBER

    def _local_day(self, attempt: PastAttempt) -> int:
        return attempt.placed_at.astimezone(zone(self.dossier.lead.time_zone) or UTC).toordinal()
