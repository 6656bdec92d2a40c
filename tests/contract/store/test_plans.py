"""What a planner agreed, changed and ordered, and what remains of it: requirements and the history of campaigns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.campaign import CampaignState
from campaigns.requirement import Party, Requirement, RequirementState, Step, StepKind
from dialer.domain import events as e
from dialer.errors import AlreadyExists, NotFound, WrongState
from dialer.ports.archive import Archive
from tests.contract.store.shop import NOON, Shop, open_shop, row, settings

RENEWAL = Requirement(code="renewal", title="Renewal 续保", requester="李经理")
LATER = NOON + timedelta(hours=1)


@pytest.fixture
async def centre(archive: Archive) -> Shop:
    return await open_shop(archive)


def agreement(party: Party, by: str, version: int = 1) -> Step:
    return Step(kind=StepKind.AGREED, at=LATER, by=by, version=version, party=party)


async def test_a_requirement_is_agreed_once_both_have_agreed(archive: Archive) -> None:
    added = await archive.requirements.add(RENEWAL, at=NOON, by="plan")
    assert (added.content, added.state, added.version) == (RENEWAL, RequirementState.DRAFT, 1)
    draft = RequirementState.DRAFT
    first = await archive.requirements.take("renewal", agreement(Party.PLANNER, "plan"), expected=draft)
    assert first.state is RequirementState.DRAFT
    second = await archive.requirements.take("renewal", agreement(Party.REQUESTER, "李经理"), expected=draft)
    assert second.state is RequirementState.AGREED
    steps = await archive.requirements.steps(added.requirement_id)
    assert [(step.kind, step.party, step.by) for step in steps] == [
        (StepKind.CREATED, None, "plan"),
        (StepKind.AGREED, Party.PLANNER, "plan"),
        (StepKind.AGREED, Party.REQUESTER, "李经理"),
    ]


async def test_other_words_are_a_new_version_to_which_nobody_has_agreed(archive: Archive) -> None:
    added = await archive.requirements.add(RENEWAL, at=NOON, by="plan")
    draft = RequirementState.DRAFT
    await archive.requirements.take("renewal", agreement(Party.PLANNER, "plan"), expected=draft)
    changed = RENEWAL.model_copy(update={"offer": "10 % off"})
    row = await archive.requirements.change("renewal", changed, expected=1, state=draft, at=LATER, by="plan")
    assert (row.version, row.content.offer) == (2, "10 % off")
    after = await archive.requirements.take("renewal", agreement(Party.REQUESTER, "li", 2), expected=draft)
    assert after.state is RequirementState.DRAFT
    versions = await archive.requirements.versions(added.requirement_id)
    assert [(v.version, v.content.offer, v.changed_by) for v in versions] == [(1, "", "plan"), (2, "10 % off", "plan")]
    with pytest.raises(WrongState):
        await archive.requirements.change("renewal", RENEWAL, expected=1, state=draft, at=LATER, by="plan")
    with pytest.raises(WrongState):
        await archive.requirements.take("renewal", agreement(Party.PLANNER, "plan", 1), expected=draft)
    assert await archive.requirements.by_code("renewal") == after


async def test_a_step_that_does_not_fit_leaves_nothing_behind(archive: Archive) -> None:
    added = await archive.requirements.add(RENEWAL, at=NOON, by="plan")
    early = Step(kind=StepKind.EVALUATED, at=LATER, by="plan", version=1, words="good", figures={"contacts": 3})
    with pytest.raises(WrongState):
        await archive.requirements.take("renewal", early, expected=RequirementState.DRAFT)
    assert len(await archive.requirements.steps(added.requirement_id)) == 1
    with pytest.raises(NotFound):
        await archive.requirements.take("spring", early, expected=RequirementState.DRAFT)


async def test_an_evaluation_keeps_its_figures(archive: Archive) -> None:
    added = await archive.requirements.add(RENEWAL, at=NOON, by="plan")
    for party in Party:
        await archive.requirements.take("renewal", agreement(party, "x"), expected=RequirementState.DRAFT)
    made = Step(kind=StepKind.CAMPAIGN_MADE, at=LATER, by="plan", version=1, words="spring")
    await archive.requirements.take("renewal", made, expected=RequirementState.AGREED)
    told = Step(kind=StepKind.EVALUATED, at=LATER, by="plan", version=1, words="good", figures={"contacts": 3.0})
    row = await archive.requirements.take("renewal", told, expected=RequirementState.CAMPAIGN_MADE)
    assert row.state is RequirementState.EVALUATED
    assert (await archive.requirements.steps(added.requirement_id))[-2:] == [made, told]


async def test_a_code_is_given_once(archive: Archive) -> None:
    await archive.requirements.add(RENEWAL, at=NOON, by="plan")
    with pytest.raises(AlreadyExists):
        await archive.requirements.add(RENEWAL, at=NOON, by="plan")
    assert [row.content.code for row in await archive.requirements.every()] == ["renewal"]
    assert await archive.requirements.by_code("spring") is None


async def test_every_version_of_a_campaign_stays_readable(centre: Shop, archive: Archive) -> None:
    changed = settings("autumn", ring_time_s=40)
    await archive.update_campaign(centre.campaign_id, changed, at=LATER, by="li", note="nobody answers", expected=1)
    first, second = await archive.plans.versions(centre.campaign_id)
    assert (first.version, first.settings, first.changed_at) == (1, centre.campaign.settings, NOON)
    assert (second.settings, second.changed_by, second.note) == (changed, "li", "nobody answers")


async def test_a_change_to_a_version_that_is_gone_is_refused_and_leaves_nothing(centre: Shop, archive: Archive) -> None:
    await archive.update_campaign(centre.campaign_id, settings("autumn", lines=5), at=LATER, by="li", expected=1)
    with pytest.raises(WrongState):
        await archive.update_campaign(centre.campaign_id, settings("autumn", lines=9), at=LATER, by="mei", expected=1)
    found = await archive.campaign("autumn")
    assert found is not None
    assert (found.version, found.settings.lines) == (2, 5)
    assert len(await archive.plans.versions(centre.campaign_id)) == 2


async def test_who_moved_a_campaign_from_state_to_state_is_kept(centre: Shop, archive: Archive) -> None:
    moves = ((CampaignState.DRAFT, CampaignState.RUNNING, "li"), (CampaignState.RUNNING, CampaignState.PAUSED, "mei"))
    for minute, (previous, state, by) in enumerate(moves):
        at = NOON + timedelta(minutes=minute)
        event = e.CampaignStateChanged(
            occurred_at=at, campaign_id=centre.campaign_id, previous=previous, state=state, by=by
        )
        await archive.record([event])
    found = await archive.plans.states(centre.campaign_id)
    assert [(change.previous, change.state, change.by) for change in found] == list(moves)
    assert found[1].at == NOON + timedelta(minutes=1)


async def test_open_leads_are_counted_by_country_and_zone(centre: Shop, archive: Archive) -> None:
    await centre.imports(
        row(1),
        row(2),
        row(3, "+85291234567", country="HK", time_zone="Asia/Hong_Kong"),
        row(4, country="", time_zone=""),
    )
    facts = await archive.plans.open_leads(centre.campaign_id)
    assert facts.total == 4
    assert facts.by_country == {"CN": 2, "HK": 1, "": 1}
    assert facts.by_zone == {"Asia/Shanghai": 2, "Asia/Hong_Kong": 1, "": 1}


async def test_the_reason_of_each_idle_minute_is_found_again(centre: Shop, archive: Archive) -> None:
    def idled(hours: float, reason: str) -> e.CampaignIdled:
        at = NOON + timedelta(hours=hours)
        return e.CampaignIdled(occurred_at=at, campaign_id=centre.campaign_id, reason=reason)

    await archive.record([idled(-9, "not_running"), idled(-8, "outside_window"), idled(1, ""), idled(5, "no_lead_due")])
    found = await archive.plans.idle(centre.campaign_id, start=NOON, end=NOON + timedelta(hours=4))
    assert [reason for _, reason in found] == ["outside_window", ""]
    assert await archive.last_heard() == NOON + timedelta(hours=5)
