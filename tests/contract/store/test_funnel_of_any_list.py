"""Whatever has happened to a list, its funnel says what the rules say of every single lead."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest

from campaigns.attempt import AttemptOutcome
from campaigns.campaign import Campaign, CampaignState
from campaigns.explain import Funnel
from campaigns.lead import CloseReason, DueKind, Lead
from campaigns.moment import Moment
from campaigns.verdict import in_full
from dialer.domain import events as e
from dialer.engine.funnel import count_funnel
from dialer.policies import PolicyBook
from tests.contract.store.shop import Shop, number, open_shop, row
from tests.contract.store.test_inbound import arrived
from tests.examples import EXAMPLES

BOOK = PolicyBook.load()
SEEDS = range(EXAMPLES // 8)
LEADS = 45
PLACES = [("CN", "Asia/Shanghai")] * 5 + [("HK", "Asia/Shanghai"), ("GB", "Europe/London"), ("XX", "UTC"), ("CN", "")]
OUTCOMES = [AttemptOutcome.NO_ANSWER] * 4 + [*AttemptOutcome]
AGES_H = [0.2, 1, 3, 20, 24, 30, 70, 160, 400, 1000, 1500]
PLANS: list[dict[str, object]] = [
    {},
    {"caps": {"number_per_24h": 1, "number_per_30d": 3, "lead_attempts": 2, "lead_period_days": 5}},
    {"retry": {"NO_ANSWER": {"delays_s": [3600], "other_number": True, "other_weekday": True}}},
    {"lead_lifetime_days": 10, "deadline": date(2026, 11, 27)},
]


class Chance:
    """A shop in which anything may have happened."""

    def __init__(self, shop: Shop, dice: Random) -> None:
        self.shop, self.dice = shop, dice

    def seldom(self, odds: float = 0.1) -> bool:
        return self.dice.random() < odds

    async def happens(self) -> None:
        first, *others = [self.shop, await open_shop(self.shop.store, "winter")]
        for shop in (first, *others):
            await self._lists(shop)
        for shop in (first, *others):
            for lead in await shop.store.leads(shop.campaign_id, limit=LEADS):
                await self._past(shop, lead)
        await self._held()
        await self._now(first)
        for shop in others:
            await self._now(shop)

    async def _lists(self, shop: Shop) -> None:
        """People share numbers, and are on several lists."""
        for age_h in (1000, 100):
            earlier = replace(shop, now=shop.now - timedelta(hours=age_h))
            rows = []
            for _ in range(LEADS // 2):
                country, time_zone = self.dice.choice(PLACES)
                numbers = [number(self.dice.randrange(200)) for _ in range(self.dice.choice([1, 1, 2, 3]))]
                rows.append(row(len(rows) + 1, *dict.fromkeys(numbers), country=country, time_zone=time_zone))
            await earlier.imports(*rows, due_at=self._around(-200, -1))

    def _around(self, low_h: float, high_h: float) -> datetime:
        return self.shop.now + timedelta(hours=round(self.dice.uniform(low_h, high_h), 1))

    async def _past(self, shop: Shop, lead: Lead) -> None:
        for age_h in sorted(self.dice.sample(AGES_H, self.dice.choice([0, 0, 1, 1, 2, 3])), reverse=True):
            earlier = replace(shop, now=shop.now - timedelta(hours=age_h, minutes=self.dice.choice([0, 0, 7])))
            wanted = self.dice.choice(lead.numbers).e164
            await earlier.fails(lead, self.dice.choice(OUTCOMES), number=wanted)
        told = {"occurred_at": shop.now, "campaign_id": shop.campaign_id, "lead_id": lead.lead_id}
        if self.seldom(0.5):
            kind = self.dice.choice([DueKind.RETRY] * 4 + [*DueKind])
            again = e.LeadRescheduled(
                **told, due_at=self._around(-30, 40), reason="again", due_kind=kind.value,
                agent_guaranteed=self.seldom(), appointment_at=self._around(-5, 60) if self.seldom(0.5) else None,
            )  # fmt: skip
            await shop.store.record([again])
        elif self.seldom():
            await shop.store.record([e.LeadClosed(**told, reason=self.dice.choice([*CloseReason]))])
        if self.seldom(0.05):
            invalid = e.NumberInvalidated(occurred_at=shop.now, lead_id=lead.lead_id, e164=lead.numbers[0].e164)
            await shop.store.record([invalid])

    async def _held(self) -> None:
        lists = self.shop.store.suppressions  # type: ignore[attr-defined]
        words = {"reason": "asked", "source": "planner", "by": "lin", "at": self.shop.now}
        for n in self.dice.sample(range(200), 3):
            ends = self.dice.choice([None, self._around(1, 50), self._around(-50, -1)])
            await lists.add(number(n), **words, expires_at=ends, campaign_id=self.dice.choice([None, 1, 2]))
        await lists.add(number(self.dice.randrange(20) * 10)[:-1], **words, prefix=True)
        register = await lists.begin_register("national", dated=date(2026, 11, 1), at=self.shop.now, by="lin")
        await lists.add_to_register(register, [number(n) for n in self.dice.sample(range(200), 3)])
        await lists.finish_register(register, at=self.shop.now)

    async def _now(self, shop: Shop) -> None:
        """Some are ready, some leased, some on the line, and some call us."""
        leased = await shop.leases(self.dice.randrange(8))
        for lead in leased[: self.dice.randrange(3)]:
            dossier = await shop.store.dossier(lead.lead_id, now=shop.now)
            wanted = lead.numbers[-1].e164
            if not dossier.active_numbers and wanted not in dossier.suppressed:
                await shop.dials(lead, number=wanted)
        if self.seldom(0.5):
            await shop.store.record([arrived(shop, number(self.dice.randrange(200)))])


async def one_by_one(shop: Shop, campaign: Campaign, now: datetime) -> tuple[int, int, dict[str, object]]:
    leads: Counter[str] = Counter()
    clears: dict[str, datetime] = {}
    dialable = 0
    async for dossier in await shop.store.dossiers(shop.campaign_id, now=now):
        policy = BOOK.of(campaign.settings, dossier.lead.country)
        found = in_full(dossier, Moment(campaign.settings, policy, now, campaign.state is CampaignState.RUNNING))
        if found.blocker is None:
            dialable += 1
            continue
        rule, at = found.blocker.rule, found.clears_at
        leads[rule] += 1
        if at is not None:
            clears[rule] = min(at, clears.get(rule, at))
    return leads.total() + dialable, dialable, {rule: (leads[rule], clears.get(rule)) for rule in leads}


def told(funnel: Funnel) -> tuple[int, int, dict[str, object]]:
    return funnel.leads, funnel.dialable, {step.rule: (step.leads, step.clears_at) for step in funnel.excluded}


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_funnel_of_any_list_is_that_of_its_leads(shop: Shop, seed: int) -> None:
    dice = Random(seed)
    await Chance(shop, dice).happens()
    for _ in range(4):
        state = dice.choice([CampaignState.RUNNING] * 4 + [CampaignState.DRAFT])
        changed = {**shop.campaign.settings.model_dump(), **dice.choice(PLANS)}
        settings = type(shop.campaign.settings).model_validate(changed)
        campaign = replace(shop.campaign, settings=settings, state=state)
        now = shop.now + timedelta(hours=dice.choice([-3, 0, 0, 1, 5, 9, 21, 60]))
        found = await count_funnel(shop.store, BOOK, campaign, now)
        assert told(found) == await one_by_one(shop, campaign, now)
