"""When there is room for a lead's next attempt: on which number caps, lockouts and the part of the day allow it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from campaigns.campaign import CampaignSettings
from campaigns.caps import Use, best_use, lead_use, number_use
from campaigns.day_parts import rested_until
from campaigns.lead import Dossier, DueKind, LeadNumber
from campaigns.number_choice import dialling_order
from campaigns.policy import Policy
from campaigns.windows import next_opening

_MOST_MOVES: Final = 200  # each one passes an attempt that leaves a cap's period, or a part of a day
PROMISED: Final = frozenset({DueKind.CALLBACK, DueKind.REMINDER})  # kept even when the lead's attempts are used up


def uses(dossier: Dossier, settings: CampaignSettings, policy: Policy, now: datetime) -> Iterator[Use]:
    """One for each number that may be called at all, the preferred one first."""
    for number in dialling_order(dossier, settings):
        use = number_use(number, dossier, settings, policy, now)
        if dossier.history and dossier.lead.due_kind is DueKind.RETRY:
            yield use._replace(rested_until=_rested_until(number, dossier, settings, policy, now))
        else:
            yield use


def first_room(
    dossier: Dossier, settings: CampaignSettings, policy: Policy, start: datetime, *, promised: bool = False
) -> datetime:
    """The first instant from `start` on, itself open, at which a number has room and the window is open.

    `promised` leaves out the lead's own cap. Where nothing ever clears what blocks, the last instant looked at.
    """
    at = start
    for _ in range(_MOST_MOVES):
        use = best_use(uses(dossier, settings, policy, at))
        blocks = [
            until
            for until in (
                use.free_at if use is not None else None,
                None if promised else lead_use(dossier, settings, at).free_at,
            )
            if until is not None
        ]
        opening = next_opening(settings.schedule, dossier.lead.time_zone, max(blocks), policy) if blocks else None
        if opening is None:
            break
        at = opening
    return at


def _rested_until(
    number: LeadNumber, dossier: Dossier, settings: CampaignSettings, policy: Policy, now: datetime
) -> datetime | None:
    def room_from(earliest: datetime) -> datetime | None:
        """Without the rest itself."""
        at = next_opening(settings.schedule, dossier.lead.time_zone, earliest, policy)
        while at is not None:
            blocks = (
                number_use(number, dossier, settings, policy, at).free_at,
                lead_use(dossier, settings, at).free_at,
            )
            later = [until for until in blocks if until is not None]
            if not later:
                break
            at = next_opening(settings.schedule, dossier.lead.time_zone, max(later), policy)
        return at

    return rested_until(settings, policy, dossier, number.e164, now, room_from=room_from)
