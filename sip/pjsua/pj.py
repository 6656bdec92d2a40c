"""pjsua2 as this package uses it: attributes that must exist, errors told apart."""

from __future__ import annotations

from typing import Any

import pjsua2

from sip.errors import BadDestination, BadState, LineBusy, TelephonyError

TOO_MANY = 70010
"""PJ_ETOOMANY: no free call slot."""

INVALID_URI = frozenset({171039, 171040, 171041, 171042})
"""PJSIP_EINVALIDURI, EINVALIDSCHEME, EMISSINGREQURI, EINVALIDREQURI."""

SESSION_GONE = 171140
"""PJSIP_ESESSIONTERMINATED: the call slot is empty."""

SESSION_STATE = frozenset({171141, 70013, SESSION_GONE})
"""Wrong invite state, PJ_EINVALIDOP, or ended already."""


def put(target: Any, **values: Any) -> None:
    """Set attributes of a pjsua2 structure; SWIG would accept a misspelt one silently."""
    for name, value in values.items():
        if not hasattr(target, name):
            raise AttributeError(f"{type(target).__name__} has no attribute {name!r} in this pjsua2 build")
        setattr(target, name, value)


def refusal(error: pjsua2.Error, doing: str) -> TelephonyError:
    """The port's error for what pjsua2 raised."""
    text = f"{doing}: {error.reason} (pjsip {error.status})"
    if error.status == TOO_MANY:
        return LineBusy(text)
    if error.status in INVALID_URI:
        return BadDestination(text)
    if error.status in SESSION_STATE:
        return BadState(text)
    return TelephonyError(text)


def destroy(proxy: Any) -> None:
    """Run the C++ destructor now, on this thread, whoever still refers to the Python proxy."""
    if proxy.thisown:
        type(proxy).__swig_destroy__(proxy)
        proxy.thisown = False
