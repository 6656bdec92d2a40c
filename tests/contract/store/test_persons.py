"""One person is called once at a time, however many numbers, lists and campaigns know him."""

from __future__ import annotations

import asyncio

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.lead import Lead
from dialer.ports import AttemptConflict, Store
from tests.contract.store.shop import NOON, Shop, number, open_shop, row


async def two_campaigns(shop: Shop) -> tuple[Lead, Shop, Lead]:
    """One knows mobile and landline, the other the mobile only."""
    other = await open_shop(shop.store, "winter")
    await shop.imports(row(1, number(1), number(2)))
    await other.imports(row(1, number(1)))
    [lead] = await shop.leases()
    [same_person] = await other.leases()
    return lead, other, same_person


async def test_who_is_called_on_one_number_is_not_called_on_another(shop: Shop) -> None:
    lead, other, same_person = await two_campaigns(shop)
    call = await other.dials(same_person)
    assert (await shop.store.dossier(lead.lead_id, now=NOON)).active_numbers == {number(1)}
    with pytest.raises(AttemptConflict):
        await shop.dials(lead, number=number(2))
    await shop.store.record([other.ended(call, AttemptOutcome.BUSY)])
    await shop.dials(lead, number=number(2))


async def test_a_call_to_the_number_only_the_other_list_has_counts_too(shop: Shop) -> None:
    lead, other, same_person = await two_campaigns(shop)
    await shop.dials(lead, number=number(2))
    assert (await shop.store.dossier(same_person.lead_id, now=NOON)).active_numbers == {number(2)}
    with pytest.raises(AttemptConflict):
        await other.dials(same_person)


async def test_of_four_lists_that_dial_one_person_at_once_one_does(store: Store) -> None:
    """Each knows him by two numbers and shares at most one of them with the next."""
    shops = [await open_shop(store, f"list{n}") for n in range(4)]
    for person in range(10):
        for n, shop in enumerate(shops):
            await shop.imports(row(person, number(100 + person), number(1000 + 10 * person + n)))
    leads = [{lead.row: lead for lead in await shop.leases()} for shop in shops]
    for person in range(10):
        drafts = [shop.draft(leads[n][person], number=number(1000 + 10 * person + n)) for n, shop in enumerate(shops)]
        done = await asyncio.gather(*map(store.open_attempt, drafts), return_exceptions=True)
        assert sorted(map(str, map(type, done))) == sorted(map(str, [type(None), *[AttemptConflict] * 3]))
    assert len(await store.active_attempts()) == 10


async def test_strangers_do_not_wait_for_one_another(shop: Shop) -> None:
    first, second = await shop.has(2)
    await shop.dials(first)
    await shop.dials(second)
