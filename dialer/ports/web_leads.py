"""Leads that come in by themselves: the form on a web page, another system's enquiry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from dialer.ports import NewLead


class Received(StrEnum):
    ADDED = "added"  # a lead nobody knew
    KNOWN = "known"  # the campaign has had him: due at once, with his history
    REPEATED = "repeated"  # the very same enquiry came before; nothing was changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """`key` is the sender's own name for it, "" where he gives none; `sha256` of all he sent."""

    lead: NewLead
    key: str
    sha256: str
    consent: str = ""
    consent_at: datetime | None = None


class WebLeads(Protocol):
    async def receive(self, campaign_id: int, enquiry: Enquiry, *, at: datetime) -> tuple[int, Received]:
        """The lead's number. Due at once, unless he is on a do-not-call list or being talked to.

        Raises `AlreadyExists` where another enquiry came under the same key.
        """
        ...
