"""Who may correct a disposition that was saved by mistake, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from campaigns.callback import Callback, CallbackOrder
from campaigns.campaign import CampaignSettings
from dialer.domain.events import DomainEvent
from dialer.engine.promises import settle
from dialer.errors import WrongState
from dialer.ports import Store

CORRECTABLE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was decided about a call, ours or the customer's."""

    call_id: str
    agent_id: str
    code: str | None
    at: datetime | None


def withdraw(callback: Callback | None, call_id: str, *, by: str, now: datetime) -> list[DomainEvent]:
    """The promise that the wrong disposition made."""
    if callback is None or callback.attempt_id != call_id:
        return []
    why = "the disposition was corrected"
    return [settle(callback, CallbackOrder.CANCEL, by=by, attempt_id=None, now=now, reason=why)]


async def may_correct(
    store: Store, settings: CampaignSettings, saved: Saved, code: str, *, by: str, now: datetime
) -> None:
    """Raises `WrongState` with what to do instead."""
    if saved.code is None or saved.at is None:
        raise WrongState(f"call {saved.call_id} has no disposition yet; save one", field="attempt_id")
    if saved.code == code:
        raise WrongState(f"call {saved.call_id} has the disposition {code} already", field="code")
    if now - saved.at > CORRECTABLE:
        raise WrongState(
            f"call {saved.call_id} was decided more than {CORRECTABLE.days} day ago: it stands", field="attempt_id"
        )
    if by != saved.agent_id and await store.agent(by) is not None:
        raise WrongState(
            f"call {saved.call_id} was decided by agent {saved.agent_id}, who may correct it, or a supervisor",
            field="by",
        )
    if any(d.do_not_call for d in settings.dispositions if d.code == saved.code):
        raise WrongState(
            "the customer asked not to be called: take the number off the list first (goldenhour dnc remove)",
            field="code",
        )
