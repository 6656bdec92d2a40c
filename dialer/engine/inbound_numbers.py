"""Who calls and which of our numbers he dialled, out of what a trunk sends. Pure."""

from __future__ import annotations

from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from dialer.engine.inbound_settings import Desk, InboundTrunk
from sip.events import LegIncoming
from sip.messages import header, user_of

_PRESENTED: Final = ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID")  # before From, which may be set
_LONGEST: Final = 40


def e164(raw: str, country: str) -> str:
    """ "" where it is no number that could be called back: withheld, an extension, an address."""
    text = raw.strip()[:_LONGEST]
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        parsed = phonenumbers.parse(text, country)
    except NumberParseException:
        return ""
    # Digits alone may be an extension or an account; written internationally they are a number, even of a new range.
    known = phonenumbers.is_possible_number if text.startswith("+") else phonenumbers.is_valid_number
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164) if known(parsed) else ""


def caller_of(event: LegIncoming, trunk: InboundTrunk) -> str:
    """What the network vouches for goes before what the caller's equipment says."""
    for raw in (*(user_of(header(event.headers, name)) for name in _PRESENTED), event.from_number):
        if number := e164(raw, trunk.country):
            return number
    return ""


def called_of(event: LegIncoming, trunk: InboundTrunk) -> str:
    """E.164 where it is a number. A registrar calls our account; the number that was meant stands in To then."""
    dialled = event.to_number
    if trunk.user and dialled == trunk.user:
        dialled = user_of(header(event.headers, "To")) or dialled
    return e164(dialled, trunk.country) or dialled[:_LONGEST]


def desk_for(called: str, trunk: InboundTrunk) -> Desk | None:
    return trunk.numbers.get(called) or trunk.numbers.get(e164(called, trunk.country)) or trunk.other_numbers
