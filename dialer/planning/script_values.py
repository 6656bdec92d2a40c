"""A conversation along a script, asked about by an agent's screen or tried by a planner: whose words fill it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.script import Script, Value
from campaigns.script_answers import as_field
from campaigns.script_walk import BadStep, Place, Step, walk
from dialer.clock import Clock
from dialer.errors import Invalid, NotFound
from dialer.planning.scripts import ScriptPlanning
from dialer.ports import AttemptRow
from dialer.ports.archive import Archive
from dialer.ports.scripts import ScriptVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the screen tells: `call`, `lead`, `agent` and `campaign` are ids and codes, "" or None where not said."""

    version: int | None = None
    call: str | None = None
    lead: int | None = None
    agent: str = ""
    campaign: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """`values` fill the words; `answered` are fields that were asked for on the way."""

    row: ScriptVersion
    place: Place
    values: Mapping[str, str]
    answered: Mapping[str, str]


class Rehearsal:
    """Stateless: every question tells the whole conversation so far."""

    def __init__(self, archive: Archive, clock: Clock, planning: ScriptPlanning) -> None:
        self._archive, self._clock, self._planning = archive, clock, planning

    async def stand(self, name: str, told: Told) -> Stand:
        """Raises `Invalid` for steps that do not lead on from one another."""
        call = await self._call(told.call)
        row = await self._row(name, told, call)
        try:
            place = walk(row.content, told.steps)
        except BadStep as error:
            raise Invalid(str(error), field=f"steps[{error.index}]") from error
        values = {**await self._values(told, call), **told.fields}
        return Stand(row=row, place=place, values=values, answered=as_fields(row.content, place.answers))

    async def _row(self, name: str, told: Told, call: AttemptRow | None) -> ScriptVersion:
        if told.version is not None:
            return await self._planning.find(name, told.version)
        if call is not None and call.script_version:
            row = await self._planning.of_call(call)
            if row.name != name:
                raise Invalid(f"call '{call.attempt_id}' was made with script '{row.name}'", field="call")
            return row
        return await self._planning.in_use(name)

    async def _call(self, attempt_id: str | None) -> AttemptRow | None:
        if attempt_id is None:
            return None
        found = await self._archive.attempt(attempt_id)
        if found is None:
            raise NotFound(f"there is no call '{attempt_id}'", field="call")
        return found

    async def _values(self, told: Told, call: AttemptRow | None) -> dict[str, str]:
        lead_id = call.lead_id if call is not None and told.lead is None else told.lead
        agent_id = told.agent or (call.agent_id or "" if call is not None else "")
        agent = await self._archive.agent(agent_id) if agent_id else None
        values = {"agent": agent.name if agent is not None else agent_id}
        campaign_id = None
        if lead_id is not None:
            lead = (await self._archive.dossier(lead_id, now=self._clock.now())).lead
            campaign_id = lead.campaign_id
            number = call.number if call is not None else next((n.e164 for n in lead.numbers), "")
            values |= {**{key: str(value) for key, value in lead.fields.items()}, "name": lead.name, "number": number}
        return values | {"campaign": await self._campaign(told.campaign, campaign_id)}

    async def _campaign(self, code: str, campaign_id: int | None) -> str:
        known = await self._archive.campaigns()
        return next((c.settings.name for c in known if code in (c.settings.code,) or c.campaign_id == campaign_id), "")


def as_fields(script: Script, answers: Mapping[str, Value]) -> dict[str, str]:
    """The lead's fields that were asked for, as they will be kept."""
    asked = {question.code: question.field for question in script.questions() if question.field}
    return {asked[code]: as_field(value) for code, value in answers.items() if code in asked}
