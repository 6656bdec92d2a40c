"""In which countries and time zones a campaign's leads are, whoever brought them."""

from __future__ import annotations

from campaigns.lead import CloseReason
from dialer.domain.events import LeadClosed
from tests.contract.store.shop import Shop, open_shop, row


async def test_time_zones_are_told_with_the_countries_of_their_leads(shop: Shop) -> None:
    await shop.imports(
        row(1), row(2), row(3, country="HK"), row(4, country="GB", time_zone="Europe/London"), row(5, time_zone="")
    )
    assert await shop.store.places(shop.campaign_id) == {
        ("CN", "Asia/Shanghai"), ("HK", "Asia/Shanghai"), ("GB", "Europe/London"), ("CN", ""),
    }  # fmt: skip


async def test_each_campaign_has_places_of_its_own(shop: Shop) -> None:
    other = await open_shop(shop.store, "winter")
    await shop.imports(row(1))
    await other.imports(row(2, country="GB", time_zone="Europe/London"))
    assert await shop.store.places(shop.campaign_id) == {("CN", "Asia/Shanghai")}
    assert await other.store.places(other.campaign_id) == {("GB", "Europe/London")}


async def test_a_place_without_open_leads_is_not_opened(shop: Shop) -> None:
    await shop.imports(row(1), row(2, country="GB", time_zone="Europe/London"))
    [_, london] = await shop.store.leads(shop.campaign_id)
    closed = LeadClosed(
        occurred_at=shop.now, campaign_id=shop.campaign_id, lead_id=london.lead_id, reason=CloseReason.PLANNER
    )
    await shop.store.record([closed])
    assert await shop.store.places(shop.campaign_id) == {("CN", "Asia/Shanghai")}
