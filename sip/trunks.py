"""Trunk settings as the telephony port takes them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Codec(StrEnum):
    PCMA = "PCMA"
    PCMU = "PCMU"
    G722 = "G722"


class Trunk(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a carrier or PBX.

    With `register` the worker registers `user` at `address` and answers digest challenges with `password`;
    without it the trunk is known to the carrier by address, and `user`/`password` (when given) still answer
    a 401 or 407 to the INVITE. `calls_per_second` is one budget for the whole trunk over all workers.
    """

    name: str
    address: str  # host or host:port of the registrar or carrier
    register: bool = False
    user: str = ""
    password: str = ""
    realm: str = "*"
    outbound_proxy: str = ""  # host[:port]
    codecs: tuple[Codec, ...] = (Codec.PCMA, Codec.PCMU)
    lines: int = 30  # simultaneous calls the carrier allows
    calls_per_second: float = 1.0
    caller_id: str = ""  # default From number
    strip_plus: bool = False  # carriers that want digits without the leading plus
    prefix: str = ""  # digits put before the number
    inbound: bool = False  # calls from its address are taken
    inbound_from: tuple[str, ...] = ()  # further addresses and networks that its calls come from
