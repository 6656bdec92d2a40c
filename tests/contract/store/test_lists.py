"""Imports, the do-not-call list, and what the rules are told about a lead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.lead import CloseReason, LeadState
from dialer.domain import events as e
from dialer.errors import NotFound, WrongState
from tests.contract.store.shop import NOON, Shop, number, open_shop, row


async def test_a_number_twice_in_the_campaign_is_a_duplicate(shop: Shop) -> None:
    await shop.imports(row(1), row(2))
    import_id = await shop.store.begin_import(shop.campaign_id, file_name="more.csv", sha256="", at=NOON)
    refused = await shop.store.add_leads(
        import_id, [row(1, number(2)), row(2, number(3)), row(3, number(3))], due_at=NOON
    )
    assert refused == [(1, number(2)), (3, number(3))]
    assert await shop.store.add_leads(import_id, [row(4, number(3))], due_at=NOON) == [(4, number(3))]


async def test_a_lead_keeps_the_numbers_that_are_new(shop: Shop) -> None:
    await shop.imports(row(1))
    await shop.imports(row(2, number(1), number(2), number(2)))
    _, second = await shop.store.leads(shop.campaign_id)
    assert [n.e164 for n in second.numbers] == [number(2)]


async def test_the_same_number_may_be_in_two_campaigns(shop: Shop) -> None:
    other = await open_shop(shop.store, "winter")
    await shop.imports(row(1))
    await other.imports(row(1))
    assert len(await other.leases()) == 1


async def test_an_unfinished_list_is_not_dialled(shop: Shop) -> None:
    import_id = await shop.store.begin_import(shop.campaign_id, file_name="a.csv", sha256="ab", at=NOON)
    await shop.store.add_leads(import_id, [row(1), row(2)], due_at=NOON)
    assert await shop.leases() == []
    assert await shop.store.leads(shop.campaign_id) == []
    assert await shop.store.next_due(shop.campaign_id, now=NOON) is None
    assert (await shop.store.counts(shop.campaign_id)).leads == 0
    await shop.store.finish_import(
        import_id, at=NOON, rows=3, accepted=2, duplicates=0, refused=1, refused_file="a.refused.csv"
    )
    assert len(await shop.leases()) == 2
    [done] = await shop.store.imports(shop.campaign_id)
    assert (done.file_name, done.sha256, done.started_at, done.finished_at) == ("a.csv", "ab", NOON, NOON)
    assert (done.rows, done.accepted, done.duplicates, done.refused) == (3, 2, 0, 1)
    assert (done.refused_file, done.undone_at) == ("a.refused.csv", None)


async def test_an_undone_import_takes_back_what_was_not_dialled(shop: Shop) -> None:
    import_id = await shop.imports(row(1), row(2), row(3))
    dialled = (await shop.store.leads(shop.campaign_id))[0]
    await shop.fails(dialled)
    assert await shop.store.undo_import(import_id, at=NOON) == (2, 1)
    [kept] = await shop.store.leads(shop.campaign_id)
    assert (kept.lead_id, kept.state, kept.closed_reason) == (
        dialled.lead_id,
        LeadState.CLOSED,
        CloseReason.IMPORT_UNDONE,
    )
    assert await shop.leases() == []
    [undone] = await shop.store.imports(shop.campaign_id)
    assert undone.undone_at == NOON


async def test_an_import_is_undone_once(shop: Shop) -> None:
    import_id = await shop.imports(row(1))
    await shop.store.undo_import(import_id, at=NOON)
    with pytest.raises(WrongState):
        await shop.store.undo_import(import_id, at=NOON)
    with pytest.raises(NotFound):
        await shop.store.undo_import(import_id + 999, at=NOON)


async def test_after_an_undo_the_list_can_be_imported_again(shop: Shop) -> None:
    first = await shop.imports(row(1), row(2))
    await shop.store.undo_import(first, at=NOON)
    await shop.imports(row(1), row(2))
    assert len(await shop.leases()) == 2


async def test_a_call_under_way_does_not_reopen_an_undone_lead(shop: Shop) -> None:
    import_id = await shop.imports(row(1))
    [lead] = await shop.leases()
    call = await shop.dials(lead)
    await shop.store.undo_import(import_id, at=NOON)
    again = e.LeadRescheduled(
        occurred_at=NOON, campaign_id=shop.campaign_id, lead_id=lead.lead_id, due_at=NOON, reason="busy"
    )
    await shop.store.record([shop.ended(call, AttemptOutcome.BUSY), again])
    assert (await shop.lead(lead.lead_id)).state is LeadState.CLOSED


async def test_suppressing_a_number_closes_its_leads_in_every_campaign(shop: Shop) -> None:
    other = await open_shop(shop.store, "winter")
    await shop.imports(row(1), row(2))
    await other.imports(row(1))
    await shop.store.suppress(number(1), reason="register", source="national list", at=NOON)
    await shop.store.suppress(number(1), reason="register", source="national list", at=NOON)
    assert [lead.row for lead in await shop.leases()] == [2]
    assert await other.leases() == []
    [lead] = await other.store.leads(other.campaign_id, state=LeadState.DO_NOT_CALL)
    assert lead.due_at is None


async def test_a_new_list_does_not_bring_back_who_asked_not_to_be_called(shop: Shop) -> None:
    await shop.store.suppress(number(1), reason="asked", source="agent", at=NOON)
    await shop.imports(row(1), row(2), row(3, number(1), number(3)))
    assert [lead.row for lead in await shop.leases()] == [2, 3]


async def test_undoing_an_import_keeps_the_lead_that_is_just_being_dialled(shop: Shop) -> None:
    import_id = await shop.imports(row(1), row(2))
    [leased] = await shop.leases(1)
    assert await shop.store.undo_import(import_id, at=NOON) == (1, 1)
    await shop.dials(leased)
    [kept] = await shop.store.leads(shop.campaign_id)
    assert (kept.lead_id, kept.state) == (leased.lead_id, LeadState.CLOSED)


@pytest.mark.parametrize(
    ("outcome", "rings", "rang"),
    [
        (AttemptOutcome.CANCELLED, False, False),
        (AttemptOutcome.CANCELLED, True, True),
        (AttemptOutcome.LOST, False, True),  # nobody was there to hear it
    ],
)
async def test_a_dossier_knows_whether_the_phone_rang(
    shop: Shop, outcome: AttemptOutcome, rings: bool, rang: bool
) -> None:
    [lead] = await shop.has(1)
    call = await shop.dials(lead)
    assert (await shop.store.dossier(lead.lead_id, now=NOON)).history[0].rang
    await shop.store.record([shop.event(e.CallRinging, call, after_s=2)] if rings else [])
    await shop.store.record([shop.ended(call, outcome)])
    assert (await shop.store.dossier(lead.lead_id, now=NOON)).history[0].rang is rang


async def test_leads_are_listed_by_state_and_by_page(shop: Shop) -> None:
    leads = await shop.has(5)
    await shop.store.suppress(number(2), reason="asked", source="agent", at=NOON)
    first = await shop.store.leads(shop.campaign_id, state=LeadState.OPEN, limit=2)
    assert [lead.row for lead in first] == [1, 3]
    rest = await shop.store.leads(shop.campaign_id, state=LeadState.OPEN, after=first[-1].lead_id)
    assert [lead.row for lead in rest] == [4, 5]
    assert len(leads) == 5


async def test_a_dossier_knows_every_call_to_the_leads_numbers(shop: Shop) -> None:
    """Over all campaigns for 60 days, and the lead's own for ever."""
    other = await open_shop(shop.store, "winter")
    await shop.imports(row(1), row(2))
    await other.imports(row(1))
    [lead, stranger] = await shop.store.leads(shop.campaign_id)
    [same_person] = await other.store.leads(other.campaign_id)
    own = await shop.fails(lead)
    forgotten = await other.fails(same_person)
    now = other.passes(days=61)
    shop.passes(days=61)
    recent = await other.fails(same_person)
    await shop.fails(stranger)
    dossier = await shop.store.dossier(lead.lead_id, now=now)
    assert [past.attempt_id for past in dossier.history] == [own.attempt_id, recent.attempt_id]
    assert forgotten.attempt_id not in {past.attempt_id for past in dossier.history}
    assert [past.outcome for past in dossier.history] == [AttemptOutcome.BUSY, AttemptOutcome.BUSY]
    assert dossier.active_numbers == frozenset()


async def test_a_dossier_knows_suppressions_and_calls_in_flight(shop: Shop) -> None:
    other = await open_shop(shop.store, "winter")
    await shop.imports(row(1, number(1), number(2)))
    await other.imports(row(1, number(2)))
    [lead] = await shop.leases()
    [elsewhere] = await other.leases()
    await other.dials(elsewhere)
    await shop.store.suppress(number(1), reason="asked", source="agent", at=NOON)
    dossier = await shop.store.dossier(lead.lead_id, now=NOON)
    assert dossier.active_numbers == {number(2)}
    assert list(dossier.suppressed) == [number(1)]
    assert "asked" in dossier.suppressed[number(1)].reason
    assert [past.outcome for past in dossier.history] == [None]


async def test_there_is_no_dossier_of_nobody(shop: Shop) -> None:
    with pytest.raises(NotFound):
        await shop.store.dossier(4711, now=NOON)


async def test_all_dossiers_of_a_campaign_equal_each_leads_own(shop: Shop) -> None:
    leads = await shop.has(7)
    await shop.fails(leads[0])
    await shop.dials(leads[1])
    await shop.store.suppress(number(3), reason="asked", source="agent", at=NOON)
    now = NOON + timedelta(minutes=1)
    streamed = [dossier async for dossier in await shop.store.dossiers(shop.campaign_id, now=now)]
    assert streamed == [await shop.store.dossier(lead.lead_id, now=now) for lead in leads]
