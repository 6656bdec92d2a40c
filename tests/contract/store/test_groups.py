"""Agent groups, skills and passed scripts, as they come back with the agent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dialer.db.store import open_store
from dialer.errors import AlreadyExists
from dialer.ports import Agent
from dialer.ports.archive import Archive
from dialer.ports.groups import Group, Qualification
from tests.contract.store.shop import NOON

MEI = Agent(agent_id="mei", name="王梅", phone="sip:mei@10.0.0.5", newcomer=True, daily_cap=15)
LI = Agent(agent_id="li", name="Li", phone="sip:li@10.0.0.5")


@pytest.fixture
async def archive(database_url: str) -> AsyncIterator[Archive]:
    store = await open_store(database_url)
    try:
        for agent in (MEI, LI):
            await store.save_agent(agent)
        yield store
    finally:
        await store.close()


async def test_an_agent_comes_back_with_groups_skills_and_passed_scripts(archive: Archive) -> None:
    await archive.groups.add("seniors", "资深", at=NOON)
    for _ in range(2):  # joining twice changes nothing
        await archive.groups.join("seniors", "mei")
        await archive.groups.qualify(
            Qualification(agent_id="mei", script_name="renewal", version=2, passed_at=NOON, by="trainer")
        )
    await archive.groups.set_skill("mei", "english", 3)
    await archive.groups.set_skill("mei", "english", 5)
    mei = await archive.agent("mei")
    assert mei is not None
    assert (mei.groups, dict(mei.skills), mei.passed) == ({"seniors"}, {"english": 5}, {("renewal", 2)})
    assert (mei.newcomer, mei.daily_cap) == (True, 15)
    assert await archive.agents() == [LI, mei]
    assert await archive.groups.every() == [Group(code="seniors", name="资深", members=("mei",))]
    [passed] = await archive.groups.qualifications("mei")
    assert (passed.version, passed.by, passed.passed_at) == (2, "trainer", NOON)


async def test_saving_an_agent_leaves_groups_and_skills_alone(archive: Archive) -> None:
    await archive.groups.add("seniors", "", at=NOON)
    await archive.groups.join("seniors", "mei")
    await archive.save_agent(MEI)
    mei = await archive.agent("mei")
    assert mei is not None
    assert mei.groups == {"seniors"}


async def test_what_was_given_is_taken_away_again(archive: Archive) -> None:
    await archive.groups.add("seniors", "", at=NOON)
    await archive.groups.join("seniors", "mei")
    await archive.groups.join("seniors", "li")
    await archive.groups.set_skill("mei", "english", 3)
    assert await archive.groups.leave("seniors", "li")
    assert not await archive.groups.leave("seniors", "li")
    assert await archive.groups.drop_skill("mei", "english")
    assert not await archive.groups.disqualify("mei", "renewal", 1)
    assert await archive.groups.remove("seniors")
    assert await archive.groups.every() == []
    assert await archive.agents() == [LI, MEI]


async def test_a_group_has_its_code_alone(archive: Archive) -> None:
    await archive.groups.add("seniors", "", at=NOON)
    with pytest.raises(AlreadyExists):
        await archive.groups.add("seniors", "", at=NOON)
