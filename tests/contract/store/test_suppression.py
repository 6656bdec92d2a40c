"""Who must not be called: own entries, prefixes, entries for one campaign or for a time, registers as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from campaigns.lead import LeadState
from dialer.errors import NotFound, WrongState
from dialer.ports import Suppressed
from dialer.ports.suppression import SuppressionLists
from tests.contract.store.shop import NOON, Shop, number, open_shop, row

Entry = Callable[[SuppressionLists, Shop], Awaitable[Any]]


def lists(shop: Shop) -> SuppressionLists:
    found: SuppressionLists = shop.store.suppressions  # type: ignore[attr-defined]
    return found


async def add(on: SuppressionLists, e164: str, **changes: Any) -> None:
    await on.add(e164, **{"reason": "asked", "source": "planner", "by": "lin", "at": NOON, **changes})


async def register(on: SuppressionLists, *numbers: str, name: str = "national", **changes: Any) -> int:
    wanted = {"dated": date(2026, 11, 1), "at": NOON, "by": "lin", **changes}
    register_id = await on.begin_register(name, **wanted)
    await on.add_to_register(register_id, numbers)
    await on.finish_register(register_id, at=NOON)
    return register_id


WAYS = {
    "number": lambda on, shop: add(on, number(1)),
    "prefix": lambda on, shop: add(on, "+86138", prefix=True),
    "campaign": lambda on, shop: add(on, number(1), campaign_id=shop.campaign_id),
    "for a time": lambda on, shop: add(on, number(1), expires_at=NOON + timedelta(hours=1)),
    "register": lambda on, shop: register(on, number(1), number(7)),
    "register of the campaign": lambda on, shop: register(on, number(1), campaign_id=shop.campaign_id),
}


@pytest.mark.parametrize("suppress", WAYS.values(), ids=WAYS)
async def test_a_number_suppressed_after_the_lease_is_not_dialled(shop: Shop, suppress: Entry) -> None:
    [lead] = await shop.has(1)
    [leased] = await shop.leases()
    await suppress(lists(shop), shop)
    assert list((await shop.store.dossier(lead.lead_id, now=NOON)).suppressed) == [number(1)]
    assert list(await lists(shop).holds([number(1)], now=NOON, campaign_id=shop.campaign_id)) == [number(1)]
    with pytest.raises(Suppressed):
        await shop.dials(leased)


@pytest.mark.parametrize("way", ["campaign", "register of the campaign"])
async def test_what_holds_for_one_campaign_does_not_stop_another(shop: Shop, way: str) -> None:
    other = await open_shop(shop.store, "winter")
    await WAYS[way](lists(shop), shop)  # type: ignore[no-untyped-call]
    [lead] = await other.has(1)
    assert (await shop.store.dossier(lead.lead_id, now=NOON)).suppressed == {}
    assert await lists(shop).holds([number(1)], now=NOON) == {}
    await other.dials(lead)


async def test_an_entry_that_has_expired_suppresses_no_more_and_stays_as_history(shop: Shop) -> None:
    [lead] = await shop.has(1)
    until = NOON + timedelta(hours=1)
    await add(lists(shop), number(1), expires_at=until)
    held = (await shop.store.dossier(lead.lead_id, now=NOON)).suppressed[number(1)]
    assert (held.reason, held.until) == ("asked (planner)", until)
    shop.now = until
    assert (await shop.store.dossier(lead.lead_id, now=until)).suppressed == {}
    await shop.dials(lead)
    [entry] = await lists(shop).history(number(1))
    assert (entry.by, entry.expires_at, entry.in_force(until)) == ("lin", until, False)
    assert await lists(shop).entries(in_force_at=until) == []
    assert await lists(shop).entries() == [entry]


async def test_only_what_is_meant_for_ever_and_everywhere_ends_a_lead(shop: Shop) -> None:
    leads = await shop.has(4)
    await add(lists(shop), number(1), campaign_id=shop.campaign_id)
    await add(lists(shop), number(2), expires_at=NOON + timedelta(days=1))
    await add(lists(shop), "+86138", prefix=True)
    await register(lists(shop), number(3))
    await add(lists(shop), number(4))
    states = [(await shop.lead(lead.lead_id)).state for lead in leads]
    assert states == [LeadState.OPEN] * 3 + [LeadState.DO_NOT_CALL]


async def test_a_wish_for_ever_counts_although_a_shorter_one_was_there_already(shop: Shop) -> None:
    [lead] = await shop.has(1)
    await add(lists(shop), number(1), expires_at=NOON + timedelta(days=1))
    await add(lists(shop), number(1), campaign_id=shop.campaign_id)
    await shop.store.suppress(number(1), reason="never", source="agent mei", at=NOON)
    assert (await shop.lead(lead.lead_id)).state is LeadState.DO_NOT_CALL
    await shop.store.suppress(number(1), reason="never", source="agent mei", at=NOON)
    await add(lists(shop), number(1), expires_at=NOON + timedelta(days=9))
    assert len(await lists(shop).history(number(1))) == 3, "what says no more than an entry in force is left out"


async def test_an_entry_can_be_taken_back(shop: Shop) -> None:
    await add(lists(shop), number(1))
    await add(lists(shop), "+86138", prefix=True)
    assert not await lists(shop).remove("+86138", at=NOON, by="lin")
    assert await lists(shop).remove("+86138", at=NOON, by="lin", prefix=True)
    assert await lists(shop).remove(number(1), at=NOON, by="lin")
    assert not await lists(shop).remove(number(1), at=NOON, by="lin")
    assert await shop.store.suppressed([number(1)], now=NOON) == {}
    assert [entry.removed_by for entry in await lists(shop).history(number(1))] == ["lin", "lin"]


async def test_a_register_counts_from_its_last_number_on_and_the_old_one_until_then(shop: Shop) -> None:
    on = lists(shop)
    await register(on, number(1), number(2))
    newer = await on.begin_register("national", dated=date(2026, 11, 15), at=NOON, by="lin")
    await on.add_to_register(newer, [number(2), number(3)])
    numbers = [number(1), number(2), number(3)]
    assert list(await on.holds(numbers, now=NOON)) == [number(1), number(2)]
    done = await on.finish_register(newer, at=NOON, refused=1)
    assert (done.state, done.entries, done.refused) == ("CURRENT", 2, 1)
    assert (await on.holds(numbers, now=NOON)).keys() == {number(2), number(3)}
    assert "register national of 2026-11-15" in (await on.holds(numbers, now=NOON))[number(2)].reason
    assert [(r.dated.day, r.state) for r in await on.registers()] == [(15, "CURRENT"), (1, "REPLACED")]
    with pytest.raises(WrongState):
        await on.add_to_register(newer, [number(4)])


async def test_a_register_left_half_by_a_crash_is_dropped_by_the_next(shop: Shop) -> None:
    on = lists(shop)
    half = await on.begin_register("national", dated=date(2026, 11, 1), at=NOON, by="lin")
    await on.add_to_register(half, [number(1)])
    await register(on, number(2))
    assert list(await on.holds([number(1), number(2)], now=NOON)) == [number(2)]
    with pytest.raises(WrongState):
        await on.finish_register(half, at=NOON)
    with pytest.raises(NotFound):
        await on.finish_register(10**6, at=NOON)


async def test_a_register_runs_out_and_can_be_dropped(shop: Shop) -> None:
    on, until = lists(shop), NOON + timedelta(days=21)
    register_id = await register(on, number(1), expires_at=until)
    assert (await on.holds([number(1)], now=NOON))[number(1)].until == until
    assert await on.holds([number(1)], now=until) == {}
    await on.drop_register(register_id)
    assert await on.holds([number(1)], now=NOON) == {}


async def test_a_new_list_brings_people_of_a_register_whom_nobody_calls(shop: Shop) -> None:
    await register(lists(shop), number(1))
    await shop.imports(row(1), row(2))
    one, two = await shop.leases()
    with pytest.raises(Suppressed):
        await shop.dials(one)
    await shop.dials(two)
