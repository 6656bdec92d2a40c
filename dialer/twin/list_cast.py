"""The leads of a list file, read and judged as an import does it; nothing is stored."""

from __future__ import annotations

from datetime import datetime
from itertools import count

from campaigns.importing import AcceptedRow, ListError
from campaigns.lead import Lead, LeadNumber
from dialer.errors import Invalid
from dialer.list_file import ListFile
from dialer.twin.cast import Cast, agents_of
from dialer.twin.scenario import Scenario


def cast_of_file(scenario: Scenario, due_at: datetime) -> Cast:
    """Raises `Invalid` for a list that cannot be read or has no usable row."""
    path = scenario.leads.file
    assert path is not None
    try:
        rows = _rows(scenario)
    except ListError as error:
        raise Invalid(f"{path}: {error}", field=error.field or "leads.file") from error
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror or error}", field="leads.file") from error
    if not rows:
        raise Invalid(f"{path} has no row with a usable number; goldenhour list check shows why", field="leads.file")
    ids = count(1)
    leads = tuple(_lead(number, row, ids, due_at) for number, row in enumerate(rows, 1))
    return Cast(agents=agents_of(scenario), leads=leads, by_number=True)


def _rows(scenario: Scenario) -> list[AcceptedRow]:
    leads = scenario.leads
    assert leads.file is not None
    file = ListFile(
        leads.file, leads.file.name, mapping=leads.mapping, country=leads.country, time_zone=leads.time_zone
    )
    rows: list[AcceptedRow] = []
    try:
        file.open()
        while (batch := file.next_batch()) is not None:
            file.settle(batch)
            rows += batch.accepted
    finally:
        file.close()
    return rows


def _lead(number: int, row: AcceptedRow, ids: count[int], due_at: datetime) -> Lead:
    numbers = tuple(
        LeadNumber(number_id=next(ids), e164=e164, kind=kind, position=position)
        for position, (kind, e164) in enumerate(row.numbers)
    )
    return Lead(
        lead_id=number, campaign_id=0, name=row.name, numbers=numbers, country=row.country, time_zone=row.time_zone,
        due_at=due_at, priority=row.priority, row=row.line, fields=row.fields, owner=row.owner, source=row.source,
        segment=row.segment, skill=row.skill, value=row.value, created_at=due_at, external_id=row.external_id,
    )  # fmt: skip
