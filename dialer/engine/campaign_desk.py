"""The campaigns: their states, the orders given to them, and which agents work for which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from campaigns.campaign import Campaign, CampaignOrder, CampaignSettings, CampaignState, after, dials, orders
from dialer.clock import Clock
from dialer.domain.events import CampaignStateChanged, DomainEvent, PacingChanged
from dialer.engine.journal import Journal
from dialer.engine.pilot_book import PilotBook
from dialer.engine.settings import Policies
from dialer.engine.staff import Staff
from dialer.errors import AlreadyExists, Invalid, NotFound, WrongState
from dialer.ports import Store


class CampaignDesk:
    def __init__(
        self, *, store: Store, journal: Journal, clock: Clock, policies: Policies, trunks: Iterable[str],
        changed: Callable[[], None], staff: Staff, pilots: PilotBook,
    ) -> None:  # fmt: skip
        self._staff, self._pilots = staff, pilots
        self._store, self._journal, self._clock, self._policies = store, journal, clock, policies
        self._trunks = frozenset(trunks)
        self._changed = changed
        self._by_code: dict[str, Campaign] = {}

    async def load(self) -> None:
        for campaign in await self._store.campaigns():
            self._by_code[campaign.settings.code] = campaign

    async def create(self, settings: CampaignSettings, *, by: str = "", note: str = "") -> Campaign:
        if settings.code in self._by_code or await self._store.campaign(settings.code) is not None:
            raise AlreadyExists(f"there is a campaign {settings.code!r} already; choose another code", field="code")
        self._check(settings)
        campaign = await self._store.add_campaign(settings, at=self._clock.now(), by=by, note=note)
        self._by_code[settings.code] = campaign
        self._changed()
        return campaign

    async def update(
        self, code: str, settings: CampaignSettings, *, by: str, note: str = "", expected: int | None = None
    ) -> Campaign:
        """Holds for the next attempts; calls under way keep the settings they were placed with."""
        known = await self.find(code)
        if settings.code != code:
            raise Invalid("a campaign keeps its code; create another campaign instead", field="code")
        self._check(settings)
        campaign = await self._store.update_campaign(
            known.campaign_id, settings, at=self._clock.now(), by=by, note=note, expected=expected
        )
        self._put(campaign, state=self._by_code[code].state)
        if _paced(settings) != _paced(known.settings):
            changed = PacingChanged(
                occurred_at=self._clock.now(), campaign_id=campaign.campaign_id,
                previous=known.settings.pacing.value, mode=settings.pacing.value, by=by,
            )  # fmt: skip
            self._journal.append([changed])
        return self._by_code[code]

    async def find(self, code: str) -> Campaign:
        """Also one that was added behind the engine's back."""
        if code not in self._by_code:
            found = await self._store.campaign(code)
            if found is None:
                raise NotFound(f"there is no campaign {code!r}; `campaign list` shows them", field="code")
            self._by_code[code] = found
        return self._by_code[code]

    async def order(
        self, code: str, order: CampaignOrder | None, *, by: str, beside: Sequence[DomainEvent] = ()
    ) -> Campaign:
        """Durable when it returns, with what happened `beside` it in the same transaction; the state stays as it is
        without an order. Raises `WrongState`."""
        campaign = await self.find(code)
        events = list(beside)
        if order is not None:
            following = self.following(campaign, order)
            self._put(campaign, state=following)
            events.append(
                CampaignStateChanged(
                    occurred_at=self._clock.now(),
                    campaign_id=campaign.campaign_id,
                    previous=campaign.state,
                    state=following,
                    by=by,
                )
            )
        await self._journal.commit(events)
        return self._by_code[code]

    def following(self, campaign: Campaign, order: CampaignOrder) -> CampaignState:
        """The state the order leads to. Raises `WrongState`."""
        following = after(campaign.state, order)
        if following is None:
            code, possible = campaign.settings.code, ", ".join(orders(campaign.state)) or "nothing"
            raise WrongState(
                f"campaign {code} is {campaign.state}: {order} is not possible, only {possible}",
                field="code",
                details={"state": campaign.state.value},
            )
        return following

    def look_again(self) -> None:
        """Who serves which campaign has changed."""
        self._changed()

    def check(self, settings: CampaignSettings) -> None:
        self._check(settings)

    def all(self) -> list[Campaign]:
        return list(self._by_code.values())

    def by_id(self, campaign_id: int) -> Campaign | None:
        return next((c for c in self._by_code.values() if c.campaign_id == campaign_id), None)

    def dialling(self) -> list[Campaign]:
        return [campaign for campaign in self._by_code.values() if dials(campaign.state)]

    def draining(self) -> list[Campaign]:
        return [c for c in self._by_code.values() if c.state is CampaignState.DRAINING]

    def served_by(self, agent_id: str) -> frozenset[int]:
        return frozenset(campaign.campaign_id for campaign in self._by_code.values() if self.serves(agent_id, campaign))

    def serves(self, agent_id: str, campaign: Campaign) -> bool:
        """Whether the agent would get its calls now; those of a pilot only while his share lasts."""
        return self._staff.serves(agent_id, campaign.settings) and self._pilots.serves(agent_id, campaign)

    def script_of(self, settings: CampaignSettings) -> str:
        """Name and version of the script that calls are made with now; "" without one."""
        script = self._staff.shelf.in_force(settings)
        return script.label if script else ""

    def _put(self, campaign: Campaign, *, state: CampaignState) -> None:
        self._by_code[campaign.settings.code] = replace(campaign, state=state)
        self._changed()

    def _check(self, settings: CampaignSettings) -> None:
        unknown = [name for name in settings.trunks if name not in self._trunks]
        if unknown:
            known = ", ".join(sorted(self._trunks)) or "none"
            raise Invalid(
                f"trunks: {', '.join(unknown)} not configured on this site (configured: {known})", field="trunks"
            )
        self._policies.of(settings)


def _paced(settings: CampaignSettings) -> tuple[object, ...]:
    return settings.pacing, settings.lines_per_agent, settings.abandon_rate_max, settings.preview_s
