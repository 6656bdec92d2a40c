"""Rows to values of the trade."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row

from campaigns.attempt import AttemptOutcome, PastAttempt
from campaigns.campaign import Campaign, CampaignSettings, CampaignState
from campaigns.lead import CloseReason, DueKind, Lead, LeadNumber, LeadState
from campaigns.stage import Stage
from dialer.domain.agent import LegMode
from dialer.ports import Agent, AttemptRow, ImportRow, RecordingRow

AnyRow = Row[Any]


@lru_cache(maxsize=256)
def settings_of(text: str) -> CampaignSettings:
    """Settings are frozen and versions never change, so one parsed copy serves everybody."""
    return CampaignSettings.model_validate_json(text)


def settings_text(settings: CampaignSettings) -> str:
    return settings.model_dump_json(by_alias=True)


def campaign_of(row: AnyRow) -> Campaign:
    return Campaign(
        campaign_id=row.campaign_id,
        settings=settings_of(row.settings),
        state=CampaignState(row.state),
        created_at=row.created_at,
        version=row.version,
    )


def agent_of(row: AnyRow) -> Agent:
    return Agent(
        agent_id=row.agent_id,
        name=row.name,
        phone=row.phone,
        phone_trunk=row.phone_trunk,
        leg_mode=LegMode(row.leg_mode),
        active=row.active,
        newcomer=row.newcomer,
        daily_cap=row.daily_cap,
    )


# Calling an enumeration costs more than a look into a table, and these are made by the ten thousand.
STATES: Final = {state.value: state for state in LeadState}
KINDS: Final = {kind.value: kind for kind in DueKind}
_STAGES: Final = {stage.value: stage for stage in Stage}
_OUTCOMES: Final = {outcome.value: outcome for outcome in AttemptOutcome}


def number_of(row: AnyRow) -> LeadNumber:
    return LeadNumber(number_id=row.number_id, e164=row.e164, kind=row.kind, position=row.position, usable=row.usable)


def numbers_of(rows: Sequence[Sequence[Any]] | None) -> tuple[LeadNumber, ...]:
    """As `dialer.db.lease` reads them beside their lead, in their order."""
    return tuple(
        LeadNumber(number_id=number_id, e164=e164, kind=kind, position=position, usable=bool(usable))
        for number_id, e164, kind, position, usable in rows or ()
    )


def lead_of(row: AnyRow, numbers: Iterable[LeadNumber]) -> Lead:
    return Lead(
        lead_id=row.lead_id,
        campaign_id=row.campaign_id,
        name=row.name,
        numbers=tuple(numbers),
        country=row.country,
        time_zone=row.time_zone,
        state=STATES[row.state],
        due_at=row.due_at,
        closed_reason=None if row.closed_reason is None else CloseReason(row.closed_reason),
        priority=row.priority,
        agent_guaranteed=row.agent_guaranteed,
        import_id=row.import_id,
        row=row.row,
        fields=row.fields,
        due_kind=KINDS[row.due_kind],
        for_agent=row.for_agent,
        escalates_at=row.escalates_at,
        owner=row.owner,
        source=row.source,
        segment=row.segment,
        skill=row.skill,
        value=row.value,
        stage=_STAGES[row.stage],
        created_at=row.created_at,
        due_reason=row.due_reason,
        appointment_at=row.appointment_at,
        external_id=row.external_id,
    )


def outcome_of(value: str | None) -> AttemptOutcome | None:
    return None if value is None else _OUTCOMES[value]


def past_attempt_of(row: AnyRow) -> PastAttempt:
    """A LOST attempt may have rung unseen; any other that ended without ringing or an answer did not ring."""
    outcome = outcome_of(row.outcome)
    silent = row.ringing_at is None and row.answered_at is None
    return PastAttempt(
        attempt_id=row.attempt_id,
        campaign_id=row.campaign_id,
        lead_id=row.lead_id,
        number=row.number,
        placed_at=row.placed_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        outcome=outcome,
        disposition=row.disposition,
        rang=not (silent and outcome not in (None, AttemptOutcome.LOST)),
        talked=row.connected_at is not None,
    )


def attempt_of(row: AnyRow) -> AttemptRow:
    fields = dict(row._mapping)
    fields["outcome"] = outcome_of(row.outcome)
    return AttemptRow(**fields)


def recording_of(row: AnyRow) -> RecordingRow:
    return RecordingRow(**row._mapping)


def import_of(row: AnyRow) -> ImportRow:
    return ImportRow(**row._mapping)
