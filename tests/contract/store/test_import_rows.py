"""A list that is not whole waits beside the leads: nothing of it is seen, and nobody in it is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, text

from campaigns.lead import DueKind, LeadState
from dialer.db.migrate import configuration
from dialer.db.store import open_store
from dialer.ports.inbound import NewCaller
from dialer.ports.web_leads import Enquiry, Received
from tests.contract.store.shop import NOON, Shop, number, open_shop, row
from tests.contract.store.test_databases import connected

BEFORE_IMPORT_ROWS = "0019"
_ORPHANS = """
    SELECT COUNT(*) FROM lead_numbers WHERE NOT EXISTS (SELECT * FROM leads WHERE leads.lead_id = lead_numbers.lead_id)
    AND NOT EXISTS (SELECT * FROM import_rows WHERE import_rows.lead_id = lead_numbers.lead_id)
    UNION ALL SELECT COUNT(*) FROM leads WHERE campaign_id NOT IN (SELECT campaign_id FROM campaigns)
    UNION ALL SELECT COUNT(*) FROM leads WHERE import_id NOT IN (SELECT import_id FROM imports)
    UNION ALL SELECT COUNT(*) FROM import_rows WHERE import_id NOT IN (SELECT import_id FROM imports)
"""


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    store = await open_store(database_url)
    try:
        yield await open_shop(store)
    finally:
        await store.close()


async def waiting(shop: Shop, *rows: Any) -> int:
    import_id = await shop.store.begin_import(shop.campaign_id, file_name="list.csv", sha256="00", at=NOON)
    await shop.store.add_leads(import_id, rows, due_at=NOON)
    assert await shop.store.leads(shop.campaign_id) == []
    return import_id


async def ends(shop: Shop, import_id: int) -> None:
    await shop.store.finish_import(
        import_id, at=NOON, rows=2, accepted=2, duplicates=0, refused=0, refused_file=""
    )  # fmt: skip


def orphans(url: str) -> list[int]:
    with connected(url) as connection:
        return list(connection.execute(text(_ORPHANS)).scalars())


async def test_who_asks_on_the_website_while_his_list_is_loaded_is_one_lead_and_called_first(shop: Shop) -> None:
    import_id = await waiting(shop, row(1), row(2))
    enquiry = Enquiry(lead=row(0, number(2), number(9), source="web"), key="", sha256="aa", consent="yes")
    lead_id, received = await shop.store.web_leads.receive(shop.campaign_id, enquiry, at=NOON)  # type: ignore[attr-defined]
    assert received is Received.KNOWN
    [lead] = await shop.store.leads(shop.campaign_id)
    assert (lead.lead_id, lead.row, lead.import_id, lead.due_kind) == (lead_id, 2, import_id, DueKind.WEB)
    assert [each.e164 for each in lead.numbers] == [number(2), number(9)]
    await ends(shop, import_id)
    assert [leased.row for leased in await shop.leases()] == [2, 1]


async def test_who_calls_while_his_list_is_loaded_is_one_lead(shop: Shop) -> None:
    import_id = await waiting(shop, row(1), row(2))
    caller = NewCaller(
        campaign_id=shop.campaign_id, number=number(1), name="", country="CN", time_zone="Asia/Shanghai", owner="mei",
        source="inbound",
    )  # fmt: skip
    lead_id = await shop.store.inbound.enter(caller, due_at=NOON, at=NOON)
    await ends(shop, import_id)
    one, two = await shop.store.leads(shop.campaign_id)
    assert (one.lead_id, one.row, two.row) == (lead_id, 1, 2)


async def test_who_asks_not_to_be_called_while_his_list_is_loaded_is_not_called(shop: Shop) -> None:
    import_id = await waiting(shop, row(1), row(2, number(2), number(3)))
    for asked in (1, 2):
        await shop.store.suppress(number(asked), reason="asked", source="agent", at=NOON)
    assert await shop.store.leads(shop.campaign_id) == []
    await ends(shop, import_id)
    closed, called = await shop.store.leads(shop.campaign_id)
    assert (closed.state, closed.due_at, called.state) == (LeadState.DO_NOT_CALL, None, LeadState.OPEN)


async def test_an_undone_list_leaves_no_number_behind_and_its_leads_numbers_are_given_to_nobody_else(
    shop: Shop, database_url: str
) -> None:
    import_id = await waiting(shop, row(1), row(2))
    assert await shop.store.undo_import(import_id, at=NOON) == (2, 0)
    with connected(database_url) as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM lead_numbers")) == 0
    first, *_ = await shop.has(2)
    await shop.store.undo_import(first.import_id or 0, at=NOON)
    [again] = await shop.has(1)
    assert again.lead_id > first.lead_id + 1


async def test_whatever_is_stored_and_taken_back_belongs_to_somebody(shop: Shop, database_url: str) -> None:
    """What the database does not check row by row (ADR 6)."""
    dialled, *_ = await shop.has(3)
    await shop.fails(dialled)
    await waiting_beside(shop)
    assert orphans(database_url) == [0, 0, 0, 0]
    assert await shop.store.undo_import(dialled.import_id or 0, at=NOON) == (2, 1)
    assert orphans(database_url) == [0, 0, 0, 0]


async def waiting_beside(shop: Shop) -> None:
    import_id = await shop.store.begin_import(shop.campaign_id, file_name="b.csv", sha256="00", at=NOON)
    assert await shop.store.add_leads(import_id, [row(4, number(1)), row(5)], due_at=NOON) == [(4, number(1))]


async def test_a_list_interrupted_before_the_upgrade_can_be_carried_on_after_it(empty_url: str) -> None:
    before = await open_store(empty_url)
    shop = await open_shop(before)
    await before.suppress(number(3), reason="asked", source="agent", at=NOON)
    import_id = await waiting(shop, row(1, fields={"model": "S7"}), row(2))
    await before.close()
    with connected(empty_url) as connection:
        command.downgrade(configuration(connection), BEFORE_IMPORT_ROWS)
        assert connection.scalar(text("SELECT COUNT(*) FROM leads WHERE state = 'HELD'")) == 2
        assert [check["referred_table"] for check in inspect(connection).get_foreign_keys("lead_numbers")] == ["leads"]
    after = await open_store(empty_url)
    try:
        again = Shop(after, shop.campaign)
        assert await after.leads(shop.campaign_id) == []
        await ends(again, import_id)
        one, two = await again.leases()
        assert (one.row, dict(one.fields), two.row) == (1, {"model": "S7"}, 2)
        assert [each.e164 for each in (*one.numbers, *two.numbers)] == [number(1), number(2)]
    finally:
        await after.close()
