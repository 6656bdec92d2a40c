"""A campaign out of a site's database, to be rehearsed: nothing is written there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from campaigns.campaign import Campaign
from campaigns.groups import assigned
from campaigns.lead import DueKind, Lead, LeadState
from campaigns.windows import openings
from dialer.clock import Clock
from dialer.domain.agent import LegMode
from dialer.engine.staff import person
from dialer.errors import Invalid, NotFound
from dialer.policies import PolicyBook
from dialer.ports import Agent, AttemptRow, Store
from dialer.twin.cast import Cast, agents_of
from dialer.twin.fit import Fitted, fit
from dialer.twin.logged import Logged
from dialer.twin.scenario import LeadList, Scenario, Shift
from sip.trunks import Trunk

_PAGE: Final = 2000
_PERIOD: Final = timedelta(days=60)  # as far back as the rules look
_MARGIN: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`trunks`: those of the settings file, for the lines and call rates."""

    store: Store
    policies: PolicyBook
    time_zone: str
    clock: Clock
    trunks: tuple[Trunk, ...] = ()

    def tomorrow_is(self) -> date:
        return (self.clock.now().astimezone(ZoneInfo(self.time_zone)) + timedelta(days=1)).date()

    async def campaign(self, code: str) -> Campaign:
        """The one named; the only one where none is. Raises `NotFound` or `Invalid`."""
        campaigns = {c.settings.code: c for c in await self.store.campaigns()}
        if code and code not in campaigns:
            raise NotFound(
                f"there is no campaign {code!r}; known: {', '.join(sorted(campaigns)) or 'none'}", field="campaign"
            )
        if not code and len(campaigns) != 1:
            raise Invalid(f"name the campaign: {', '.join(sorted(campaigns)) or 'there is none'}", field="campaign")
        return campaigns[code or next(iter(campaigns))]

    async def fitted(self, campaign: Campaign, day: date | None) -> Fitted:
        """From the attempts of that day, else of the last day with any."""
        rows = await self.attempts(campaign, day or await self._last_day(campaign))
        return fit(rows, campaign.settings.dispositions, await self._zone_of_leads(campaign))

    async def attempts(self, campaign: Campaign, day: date) -> list[AttemptRow]:
        start = self._midnight(day)
        rows = await self._since(campaign, start)
        return [row for row in rows if row.placed_at < start + timedelta(days=1)]

    async def tomorrow(
        self, campaign: Campaign, day: date, scenario: Scenario | None = None, *, days: int = 1
    ) -> tuple[Scenario, Cast]:
        """The list as it stands, called from `day` on by the agents of `scenario`, else by all who serve it."""
        leads = [lead for lead in await self._leads(campaign) if lead.state is LeadState.OPEN]
        history = await self._since(campaign, self._midnight(day) - _PERIOD)
        found = scenario or await self._scenario(campaign, day, days, await self._everybody(campaign, day))
        found = self._of_campaign(found, campaign, day)
        return found, await self._cast(found, leads, history)

    async def replay(self, campaign: Campaign, day: date, scenario: Scenario | None = None) -> tuple[Scenario, Cast]:
        """That day again: the leads that were open in the morning, each attempt as it went where it was made."""
        rows = await self.attempts(campaign, day)
        if not rows:
            raise Invalid(
                f"campaign {campaign.settings.code} made no attempts on {day}; choose another day", field="day"
            )
        before = [
            r for r in await self._since(campaign, self._midnight(day) - _PERIOD) if r.placed_at < rows[0].placed_at
        ]
        leads = _as_in_the_morning(await self._leads(campaign), rows, before, self._midnight(day))
        found = scenario or await self._scenario(campaign, day, 1, _shifts(rows, ZoneInfo(self.time_zone)))
        behaviour = fit(rows, campaign.settings.dispositions, await self._zone_of_leads(campaign)).behaviour
        found = self._of_campaign(found.model_copy(update={"behaviour": behaviour}), campaign, day)
        cast = await self._cast(found, leads, before)
        return found, replace(cast, script=Logged(rows, campaign.settings.dispositions))

    # inside
    async def _cast(self, scenario: Scenario, leads: Sequence[Lead], history: Sequence[AttemptRow]) -> Cast:
        agents = {agent.agent_id: agent for agent in await self.store.agents()}
        numbers = [number.e164 for lead in leads for number in lead.numbers]
        held: dict[str, str] = {}
        for start in range(0, len(numbers), _PAGE):
            held |= await self.store.suppressed(numbers[start : start + _PAGE])
        return Cast(
            agents=agents_of(scenario, agents), leads=tuple(leads), history=tuple(history), suppressed=held,
            released=tuple(await self.store.released_scripts()), by_number=True,
        )  # fmt: skip

    def _of_campaign(self, scenario: Scenario, campaign: Campaign, day: date) -> Scenario:
        """With the campaign's settings under those that the scenario names itself."""
        own = campaign.settings.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        lines = self._lines(campaign) if "lines" not in scenario.model_fields_set else scenario.lines.model_dump()
        return Scenario.model_validate(
            {
                **scenario.model_dump(by_alias=True),
                "name": scenario.name or campaign.settings.name,
                "start": day,
                "time_zone": self.time_zone,
                "leads": LeadList(campaign=campaign.settings.code, country=campaign.settings.country).model_dump(),
                "lines": lines,
                "campaign": {**own, **scenario.campaign},
            }
        )

    async def _scenario(self, campaign: Campaign, day: date, days: int, shifts: tuple[Shift, ...]) -> Scenario:
        return Scenario(start=day, days=days, agents=shifts, leads=LeadList(campaign=campaign.settings.code))

    def _lines(self, campaign: Campaign) -> dict[str, Any]:
        own = [trunk for trunk in self.trunks if trunk.name in campaign.settings.trunks]
        if not own:
            return {}
        return {"trunk": sum(t.lines for t in own), "calls_per_second": sum(t.calls_per_second for t in own)}

    async def _everybody(self, campaign: Campaign, day: date) -> tuple[Shift, ...]:
        """All who serve the campaign, from the first to the last calling hour of the day, with the pauses between."""
        agents = [a for a in await self.store.agents() if a.active and assigned(campaign.settings, person(a))]
        if not agents:
            raise Invalid("no active agent serves the campaign; name agents in a scenario file", field="agents")
        hours = await self._hours(campaign, day)
        breaks = [{"from": end, "to": start} for (_, end), (start, _) in pairwise(hours)]
        return (_shift(agents, hours[0][0], hours[-1][1], breaks),)

    async def _hours(self, campaign: Campaign, day: date) -> list[tuple[time, time]]:
        zone, site = await self._zone_of_leads(campaign), ZoneInfo(self.time_zone)
        midnight = self._midnight(day)
        policy = self.policies.of(campaign.settings)
        found = openings(campaign.settings.schedule, str(zone), midnight, policy, days=2)
        own = [(start.astimezone(site), end.astimezone(site)) for start, end in found]
        hours = [(start.time(), end.time()) for start, end in own if start.date() == day == end.date()]
        if not hours:
            code = campaign.settings.code
            raise Invalid(f"{code} has no calling hours on {day} (site time); choose another day", field="day")
        return hours

    async def _leads(self, campaign: Campaign) -> list[Lead]:
        found: list[Lead] = []
        while page := await self.store.leads(
            campaign.campaign_id, after=found[-1].lead_id if found else 0, limit=_PAGE
        ):
            found += page
        return found

    async def _since(self, campaign: Campaign, since: datetime) -> list[AttemptRow]:
        rows: list[AttemptRow] = []
        ask = self.store.attempts
        while page := await ask(
            campaign_id=campaign.campaign_id, since=since, after=rows[-1].attempt_id if rows else "", limit=_PAGE
        ):
            rows += page
        return rows

    async def _last_day(self, campaign: Campaign) -> date:
        rows = await self._since(campaign, campaign.created_at)
        if not rows:
            raise Invalid(
                f"campaign {campaign.settings.code} has made no attempts yet; there is no log to fit", field="fit"
            )
        return rows[-1].placed_at.astimezone(ZoneInfo(self.time_zone)).date()

    async def _zone_of_leads(self, campaign: Campaign) -> ZoneInfo:
        zones = {place.time_zone for place in await self.store.places(campaign.campaign_id)}
        named = campaign.settings.time_zone or (min(zones) if len(zones) == 1 else "") or self.time_zone
        return ZoneInfo(named)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), ZoneInfo(self.time_zone))


def with_behaviour(scenario: Scenario, fitted: Fitted) -> Scenario:
    return scenario.model_copy(update={"behaviour": fitted.behaviour})


def _as_in_the_morning(
    leads: Sequence[Lead], rows: Sequence[AttemptRow], before: Sequence[AttemptRow], midnight: datetime
) -> list[Lead]:
    """A lead that was called that day was open and due; whatever came of it is taken back."""
    called, known = {row.lead_id for row in rows}, {row.lead_id for row in before}
    evening = midnight + timedelta(days=1)
    morning: list[Lead] = []
    for lead in leads:
        if lead.lead_id in called:
            kind = DueKind.RETRY if lead.lead_id in known else DueKind.FRESH
            numbers = tuple(replace(number, usable=True) for number in lead.numbers)
            morning.append(
                replace(
                    lead, state=LeadState.OPEN, due_at=midnight, due_kind=kind, closed_reason=None, for_agent=None,
                    escalates_at=None, agent_guaranteed=False, numbers=numbers,
                )
            )  # fmt: skip
        elif lead.state is LeadState.OPEN and (lead.created_at is None or lead.created_at < evening):
            morning.append(lead)
    return morning


def _shifts(rows: Sequence[AttemptRow], zone: ZoneInfo) -> tuple[Shift, ...]:
    """Every agent from his first conversation of the day to the end of his last one."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for row in rows:
        if row.agent_id is None or row.connected_at is None:
            continue
        end = row.disposed_at or row.ended_at or row.connected_at
        first, last = spans.get(row.agent_id, (row.connected_at, end))
        spans[row.agent_id] = (min(first, row.connected_at), max(last, end))
    if not spans:
        raise Invalid("no agent had a conversation on that day; name agents in a scenario file", field="agents")
    early = min(row.placed_at for row in rows)
    return tuple(
        _shift([agent_id], _clock(max(start - _MARGIN, early), zone), _clock(end + _MARGIN, zone), [])
        for agent_id, (start, end) in sorted(spans.items())
    )


def _shift(agents: Sequence[Agent | str], start: time, end: time, breaks: list[dict[str, time]]) -> Shift:
    ids = tuple(agent if isinstance(agent, str) else agent.agent_id for agent in agents)
    document = {"agents": ids, "count": len(ids), "from": start, "to": end, "breaks": tuple(breaks)}
    return Shift.model_validate({**document, "mode": LegMode.ALWAYS_OPEN})


def _clock(at: datetime, zone: ZoneInfo) -> time:
    return at.astimezone(zone).time().replace(second=0, microsecond=0)
