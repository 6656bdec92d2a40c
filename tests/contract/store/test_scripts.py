"""Call scripts as they are kept: versions, checklist, history, and what customers answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from campaigns.script_version import CheckItem, Released, ScriptOrder, ScriptState
from dialer.errors import NotFound, WrongState
from dialer.ports.archive import Archive
from dialer.ports.scripts import NewAnswer
from tests.contract.store.shop import NOON, Shop, open_shop
from tests.unit.campaigns.scripts import script

LATER = NOON + timedelta(hours=1)


@pytest.fixture
async def shop(archive: Archive) -> Shop:
    return await open_shop(archive)


async def released(archive: Archive, version: int = 1, *, requalify: bool = True) -> None:
    await archive.scripts.write(script(title=f"Version {version}"), at=NOON, by="li")
    for order in (ScriptOrder.SUBMIT, ScriptOrder.APPROVE, ScriptOrder.RELEASE):
        await archive.scripts.move("spring", version, order, at=NOON, by="boss", requalify=requalify)


async def test_a_draft_is_written_over_and_a_released_version_never(archive: Archive) -> None:
    first = await archive.scripts.write(script(), at=NOON, by="li")
    assert (first.version, first.state, first.writers, first.content) == (1, ScriptState.DRAFT, ("li",), script())
    again = await archive.scripts.write(script(title="Better"), at=LATER, by="mei", note="nicer")
    assert (again.version, again.content.title, again.writers, again.changed_at) == (1, "Better", ("li", "mei"), LATER)
    await archive.scripts.move("spring", 1, ScriptOrder.SUBMIT, at=NOON, by="li")
    with pytest.raises(WrongState, match="in review"):
        await archive.scripts.write(script(), at=LATER, by="li")
    for order in (ScriptOrder.APPROVE, ScriptOrder.RELEASE):
        await archive.scripts.move("spring", 1, order, at=LATER, by="boss")
    second = await archive.scripts.write(script(title="Third"), at=LATER, by="li")
    kept = await archive.scripts.versions("spring")
    assert [(v.version, v.state, v.content.title) for v in kept] == [
        (1, ScriptState.RELEASED, "Better"),
        (2, ScriptState.DRAFT, "Third"),
    ]
    assert await archive.scripts.every() == [second]
    steps = [(step.version, step.kind, step.by, step.words) for step in await archive.scripts.steps("spring")]
    assert steps[1:3] == [(1, "written", "mei", "nicer"), (1, "submit", "li", "")]


async def test_the_checklist_belongs_to_the_review_and_lapses_with_it(archive: Archive) -> None:
    await archive.scripts.write(script(), at=NOON, by="li")
    with pytest.raises(WrongState, match="DRAFT"):
        await archive.scripts.tick("spring", 1, CheckItem.FLOW, at=NOON, by="wang")
    await archive.scripts.move("spring", 1, ScriptOrder.SUBMIT, at=NOON, by="li")
    await archive.scripts.tick("spring", 1, CheckItem.FLOW, at=NOON, by="wang")
    ticked = await archive.scripts.tick("spring", 1, CheckItem.FLOW, at=LATER, by="zhao", remark="twice")
    assert [(t.item, t.by, t.at, t.remark) for t in ticked.ticks] == [(CheckItem.FLOW, "zhao", LATER, "twice")]
    await archive.scripts.move("spring", 1, ScriptOrder.APPROVE, at=LATER, by="boss")
    back = await archive.scripts.move("spring", 1, ScriptOrder.SEND_BACK, at=LATER, by="boss", words="too long")
    assert (back.state, back.ticks, back.approved_by, back.approved_at) == (ScriptState.DRAFT, (), "", None)
    with pytest.raises(WrongState, match="release is not possible"):
        await archive.scripts.move("spring", 1, ScriptOrder.RELEASE, at=LATER, by="boss")
    with pytest.raises(NotFound, match="no version 9"):
        await archive.scripts.move("spring", 9, ScriptOrder.RELEASE, at=LATER, by="boss")


async def test_what_is_released_is_told_and_journaled(archive: Archive) -> None:
    await released(archive)
    await released(archive, 2, requalify=False)
    await archive.scripts.move("spring", 1, ScriptOrder.RETIRE, at=LATER, by="boss")
    assert await archive.released_scripts() == [
        Released(name="spring", version=1, requalify=True, retired=True),
        Released(name="spring", version=2, requalify=False, retired=False),
    ]
    entries = [entry for entry in await archive.outbox(limit=100) if entry.name == "script.moved"]
    assert (len(entries), entries[-1].topic_subject) == (7, "script/spring/moved")


async def test_two_people_do_not_release_at_once(archive: Archive) -> None:
    await archive.scripts.write(script(), at=NOON, by="li")
    submits = [archive.scripts.move("spring", 1, ScriptOrder.SUBMIT, at=NOON, by=by) for by in ("li", "mei")]
    results = await asyncio.gather(*submits, return_exceptions=True)
    assert sum(isinstance(result, WrongState) for result in results) == 1


async def test_answers_go_into_the_leads_fields_once(shop: Shop, archive: Archive) -> None:
    [lead] = await shop.has(1, fields={"city": "Ningbo"})
    call = await shop.dials(lead, script_version="spring 1")
    row = await archive.attempt(call.attempt_id)
    assert row is not None
    assert row.script_version == "spring 1"
    given = [
        NewAnswer(question="budget", value=60000.0, field="budget"),
        NewAnswer(question="uses", value=("work", "family"), field="uses"),
        NewAnswer(question="time", value=True),
        NewAnswer(question="who", value="王小明", field="name"),
    ]
    assert await archive.scripts.answer(call.attempt_id, given, at=NOON, by="mei")
    assert not await archive.scripts.answer(call.attempt_id, given, at=LATER, by="mei")
    described = await shop.lead(lead.lead_id)
    assert described.name == "王小明"
    assert described.fields == {"city": "Ningbo", "budget": "60000", "uses": "work, family"}
    kept = await archive.scripts.answers(call.attempt_id)
    assert {a.question: (a.value, a.answered_at) for a in kept} == {one.question: (one.value, NOON) for one in given}
    better = replace(given[0], value=80000.0)
    assert await archive.scripts.answer(call.attempt_id, [better], at=LATER, by="mei")
    assert (await shop.lead(lead.lead_id)).fields["budget"] == "80000"
    assert [entry.name for entry in await archive.outbox(limit=100)].count("lead.described") == 2
    with pytest.raises(NotFound):
        await archive.scripts.answer("nobody", given, at=NOON, by="mei")
