"""Leads of several countries and time zones in one campaign: each is called when its own country allows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime
from typing import NamedTuple

from campaigns.campaign import Schedule
from campaigns.policy import Policy
from campaigns.windows import is_open, next_edge


class Place(NamedTuple):
    country: str  # ISO 3166-1 alpha-2
    time_zone: str  # IANA name; "" where unknown


PolicyOf = Callable[[str], Policy]  # the strictest for a country and the campaign


def zones_of(places: Collection[Place]) -> frozenset[str]:
    return frozenset(place.time_zone for place in places)


def open_places(schedule: Schedule, places: Collection[Place], now: datetime, policy_of: PolicyOf) -> frozenset[Place]:
    return frozenset(p for p in places if is_open(schedule, p.time_zone, now, policy_of(p.country)))


def next_edge_of(schedule: Schedule, places: Collection[Place], now: datetime, policy_of: PolicyOf) -> datetime | None:
    """The next instant after `now` at which any of the places opens or closes."""
    by_country: dict[str, set[str]] = defaultdict(set)
    for place in places:
        by_country[place.country].add(place.time_zone)
    edges = (next_edge(schedule, zones, now, policy_of(country)) for country, zones in by_country.items())
    return min((edge for edge in edges if edge is not None), default=None)
