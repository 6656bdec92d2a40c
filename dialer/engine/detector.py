"""The detector's settings as a campaign wants them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

from campaigns.policy import Limits
from campaigns.screening import ScreeningSettings
from dialer.errors import Invalid
from sip.amd import AmdSettings

BEFORE_MESSAGE_S: Final = 0.25
"""With detect-first the verdict must be there so long before the message would begin."""
SHORTEST_S: Final = 0.5
NAMES: Final = tuple(field.name for field in fields(AmdSettings))


def thresholds(screening: ScreeningSettings) -> AmdSettings:
    """Raises `Invalid`, naming the threshold."""
    for name in screening.thresholds:
        if name not in NAMES:
            raise Invalid(
                f"screening: {name!r} is no threshold of the detector ({', '.join(NAMES)})", field="screening"
            )
    try:
        return replace(AmdSettings(), **_whole(screening.thresholds))
    except (TypeError, ValueError) as error:
        raise Invalid(f"screening: {error}", field="screening") from None


def detector(screening: ScreeningSettings, limits: Limits) -> AmdSettings:
    """What was stored with other names of thresholds counts for nothing: the call goes on with the defaults."""
    try:
        wanted = thresholds(screening)
    except Invalid:
        wanted = AmdSettings()
    if not screening.holds_back:
        return wanted
    longest = max(min(wanted.longest_s, limits.message_at_s - BEFORE_MESSAGE_S), SHORTEST_S)
    return replace(wanted, longest_s=longest)


def _whole(values: dict[str, float]) -> dict[str, float | int]:
    """Counts are whole numbers."""
    plain = AmdSettings()
    return {n: round(v) if type(getattr(plain, n)) is int else v for n, v in values.items()}
