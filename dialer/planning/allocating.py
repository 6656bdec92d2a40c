"""An allocation rule applied to the open leads that a campaign has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.allocation import Candidate
from campaigns.campaign import Campaign
from dialer.planning.list_run import allocator
from dialer.ports.archive import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationReport:
    allocated: Mapping[str, int]  # agent -> leads that got this owner now
    skilled: int  # leads that ask for a skill now
    not_allocated: int  # the rule has no answer for them
    owned: int  # had an owner, and keep it


async def allocate(store: Archive, campaign: Campaign, rule: str) -> AllocationReport:
    """Nobody loses an owner. Raises `Invalid` for a rule that cannot be understood or names who is not there."""
    found = await allocator(store, campaign, rule)
    allocated: Counter[str] = Counter()
    skilled = not_allocated = owned = after = 0
    while leads := await store.lists.unallocated(campaign.campaign_id, after=after):
        owners: dict[int, tuple[str, str]] = {}
        for lead in leads:
            if lead.owner:
                owned += 1
                continue
            place = found.place(Candidate(skill=lead.skill, segment=lead.segment, fields=lead.fields))
            not_allocated += not place.placed
            skilled += place.skill != lead.skill
            if (place.owner, place.skill) != ("", lead.skill):
                owners[lead.lead_id] = place.owner, place.skill
                allocated[place.owner] += 1
        await store.lists.allocate(owners)
        after = leads[-1].lead_id
    by_agent = {agent: number for agent, number in sorted(allocated.items()) if agent}
    return AllocationReport(allocated=by_agent, skilled=skilled, not_allocated=not_allocated, owned=owned)
