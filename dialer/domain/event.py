"""What all domain events have."""

from __future__ import annotations

from datetime import datetime

import msgspec


class DomainEvent(msgspec.Struct, frozen=True, kw_only=True):
    occurred_at: datetime
