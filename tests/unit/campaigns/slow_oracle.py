"""The retry policy written a second time and simply: every quarter of an hour is looked at, one after the other.

Knows nothing of openings, fixpoints or look-ups; only "is it open", "how many attempts lie in the period before".
All times of its cases are whole quarters, but not all waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.attempt import AttemptOutcome as O
from campaigns.attempt import PastAttempt
from campaigns.campaign import CampaignSettings, RetryRule
from campaigns.lead import Dossier
from campaigns.policy import Policy
from campaigns.windows import is_open

QUARTER = timedelta(minutes=15)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
HORIZON = timedelta(days=75)
H = 3600
UNANSWERED = RetryRule(delays_s=(3 * H, 24 * H), other_day_part=True)
# Written down again from the table of defaults, not imported.
TABLE = {
    O.HUMAN: RetryRule(delays_s=(24 * H,)),
    O.MACHINE: UNANSWERED,
    O.NO_ANSWER: UNANSWERED,
    O.LOST: UNANSWERED,
    O.BUSY: RetryRule(delays_s=(600, 1200, 2400), then=O.NO_ANSWER),
    O.INVALID_NUMBER: RetryRule(delays_s=(24 * H,), limit=2),
    O.DECLINED: RetryRule(delays_s=(24 * H,), limit=2),
    O.CONGESTED: RetryRule(delays_s=(300, 300, 300, 1800)),
    O.FAILED: RetryRule(delays_s=(900, H, 4 * H, 24 * H), limit=8),
    O.CANCELLED: RetryRule(delays_s=(600, H), then=O.NO_ANSWER),
    O.ABANDONED: RetryRule(delays_s=(0,)),
}
TROUBLE = (O.CONGESTED, O.FAILED)


_KNOWN: dict[tuple[object, ...], list[datetime]] = {}


def open_quarters(settings: CampaignSettings, policy: Policy, tz: str, day: int) -> list[datetime]:
    """Of a UTC day."""
    key = (settings.schedule, policy, tz, day)
    if key not in _KNOWN:
        points = [datetime.fromordinal(day).replace(tzinfo=UTC) + QUARTER * n for n in range(96)]
        _KNOWN[key] = [at for at in points if is_open(settings.schedule, tz, at, policy)]
    return _KNOWN[key]


@dataclass
class Oracle:
    settings: CampaignSettings
    policy: Policy
    dossier: Dossier
    now: datetime

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.dossier.lead.time_zone)
        self.own = sorted(
            (a for a in self.dossier.history if a.lead_id == self.dossier.lead.lead_id), key=lambda a: a.placed_at
        )
        self.last = self.own[-1]
        self.rule, self.wait = self.policy_now()
        first, days = self.now.toordinal(), HORIZON.days + 2
        quarters = (open_quarters(self.settings, self.policy, self.zone.key, first + day) for day in range(days))
        found = {at for day in quarters for at in day if self.now <= at < self.now + HORIZON}
        exact = self.earliest(self.now)  # the one time that may lie between two quarters
        if is_open(self.settings.schedule, self.zone.key, exact, self.policy):
            found.add(exact)
        self.grid = sorted(found)

    # which rule, how long
    def rule_of(self, a: PastAttempt) -> tuple[str, RetryRule]:
        if a.disposition in self.settings.disposition_retry:
            return a.disposition, self.settings.disposition_retry[a.disposition]
        flagged = next((d for d in self.settings.dispositions if d.code == a.disposition), None)
        outcome = O.MACHINE if flagged and flagged.machine else a.outcome
        return outcome, self.settings.retry.get(outcome, TABLE[outcome])

    def tape(self, rule: RetryRule, length: int) -> list[tuple[RetryRule, int]]:
        """Rule and wait after the first, second ... time in a row."""
        found: list[tuple[RetryRule, int]] = []
        passed = []
        while True:
            passed.append(rule)
            found += [(rule, s) for s in rule.delays_s]
            following = None if rule.then is None else self.settings.retry.get(rule.then, TABLE[rule.then])
            if following is None or following in passed:
                break
            rule = following
        wait = float(rule.delays_s[-1])
        while len(found) < length:
            wait = min(wait * (rule.growth or 1), max(rule.most_s, 1) if rule.growth else wait)
            found.append((rule, round(wait)))
        return found

    def policy_now(self) -> tuple[RetryRule, timedelta]:
        trouble = self.last.outcome in TROUBLE
        row = self.own if not trouble else list(self.own)
        if trouble:  # only those in a row with nothing else between
            while any(a.outcome not in TROUBLE for a in row):
                row = row[1:]
        else:
            row = [a for a in row if a.outcome not in TROUBLE]
        base: RetryRule | None = None
        place = 0  # on the tape of `base`
        for a in row:
            rule = self.rule_of(a)[1]
            if base is not None and rule == base:
                place += 1
            elif base is not None and rule == (tape := self.tape(base, place + 1))[place][0]:
                place = sum(one is rule or one == rule for one, _ in tape[: place + 1])
            else:
                place = 0
            base = rule
        assert base is not None
        rule, seconds = self.tape(base, place + 1)[place]
        return rule, timedelta(seconds=seconds)

    # when
    def part(self, at: datetime) -> str:
        hour = at.astimezone(self.zone).hour
        return "morning" if hour < 12 else "afternoon" if hour < 17 else "evening"

    def weekday(self, at: datetime) -> int:
        return at.astimezone(self.zone).weekday()

    def tries(self, number: str) -> list[datetime]:
        return [a.placed_at for a in self.own if a.number == number and a.charged]

    def fits(self, number: str, at: datetime, *, part: bool = True, weekday: bool = True) -> bool:
        last = self.tries(number)[-1]
        if part and self.rule.other_day_part and self.part(at) == self.part(last):
            return False
        return not (weekday and self.rule.other_weekday and self.weekday(at) == self.weekday(last))

    def earliest(self, since: datetime) -> datetime:
        if self.wait >= DAY and (self.rule.other_day_part or self.rule.other_weekday):
            local = since.astimezone(self.zone).date() + timedelta(days=self.wait.days)
            return datetime.combine(local, datetime.min.time(), self.zone)
        return since + self.wait

    def before_deadline(self, points: list[datetime]) -> list[datetime]:
        deadline = self.settings.deadline
        good = [at for at in points if deadline is None or at.astimezone(self.zone).date() <= deadline]
        return good or points

    def wanted(self, number: str, points: list[datetime]) -> list[datetime]:
        """Those that suit the rule best."""
        for relaxed in ({}, {"weekday": False}, {"part": False}):
            if suiting := [at for at in points if self.fits(number, at, **relaxed)]:
                return suiting
        return points

    def first_choice(self, number: str) -> datetime | None:
        later = [at for at in self.grid if at >= self.earliest(self.now)]
        tries = self.tries(number)
        if not later or not tries or not (self.rule.other_day_part or self.rule.other_weekday):
            return later[0] if later else None
        week = self.before_deadline([at for at in later if at < later[0] + WEEK])
        suiting = self.wanted(number, week)
        if not self.rule.other_day_part:
            return suiting[0]
        return min(suiting, key=lambda at: ([self.part(t) for t in tries].count(self.part(at)), at))

    def capped(self, number: str, at: datetime) -> bool:
        caps, placed = self.settings.caps, self.dossier.history
        made = [a.placed_at for a in placed if a.number == number and a.charged]
        day = sum(t > at - DAY for t in made) >= min(caps.number_per_24h, self.policy.number_per_24h)
        month = sum(t > at - timedelta(days=30) for t in made) >= min(caps.number_per_30d, self.policy.number_per_30d)
        hurt = [a.ended_at for a in placed if a.number == number and a.outcome is O.ABANDONED]
        refusals = {d.code for d in self.settings.dispositions if d.refusal_reason}
        refused = [a.ended_at for a in placed if a.disposition in refusals]
        person = [a.placed_at for a in placed if a.charged]
        for period, cap in ((DAY, self.policy.person_per_24h), (timedelta(days=30), self.policy.person_per_30d)):
            if cap is not None and sum(t > at - period for t in person) >= cap:
                return True
        locked = any(at < t + self.policy.abandon_lockout for t in hurt) or any(
            at < t + self.policy.refusal_lockout for t in refused
        )
        return day or month or locked

    def lead_capped(self, at: datetime) -> bool:
        caps = self.settings.caps
        made = [a.placed_at for a in self.own if a.charged]
        return sum(t > at - timedelta(days=caps.lead_period_days) for t in made) >= caps.lead_attempts

    def rests(self, number: str, at: datetime) -> bool:
        if not self.tries(number) or self.fits(number, at):
            return False
        since = self.earliest(self.last.ended_at or self.last.placed_at)
        due = next(
            (t for t in self.grid if t >= since and not self.capped(number, t) and not self.lead_capped(t)), None
        )
        if due is None or at >= due + WEEK:
            return False
        left = self.before_deadline([t for t in self.grid if at <= t < due + WEEK])
        return at not in self.wanted(number, left)

    def order(self) -> list[str]:
        kinds = self.settings.number_kinds
        left = [n for n in self.dossier.lead.numbers if n.usable and n.e164 not in self.dossier.suppressed]
        left.sort(key=lambda n: (kinds.index(n.kind) if n.kind in kinds else 99, n.position, n.number_id))
        names = [n.e164 for n in left]
        if self.rule.other_number:
            never = [n for n in names if n not in {a.number for a in self.own}]
            tried = list(dict.fromkeys(a.number for a in reversed(self.own)))
            return never + [n for n in reversed(tried) if n in names]
        last = [n for n in names if n == self.last.number]
        return last + [n for n in names if n not in last]

    def answer(self) -> tuple[datetime, str] | None:
        """None where nothing is found within the horizon."""
        order = self.order()
        start = self.first_choice(order[0]) if order else None
        if start is None:
            return None
        if self.last.outcome is O.ABANDONED:
            start = max(start, self.now + self.policy.abandon_lockout)
        for at in self.grid:
            if at < start or self.lead_capped(at):
                continue
            for number in order:
                if not self.capped(number, at) and not self.rests(number, at):
                    return at, number
        return None
