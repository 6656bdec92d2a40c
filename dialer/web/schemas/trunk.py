from __future__ import annotations

from pydantic import BaseModel, Field

from sip.trunks import Codec


class TrunkView(BaseModel):
    name: str
    address: str
    register_account: bool = Field(serialization_alias="register")
    codecs: list[Codec]
    lines: int
    calls_per_second: float
    state: str = Field(default="", description='"up" or "down"; "" while no server is running')
    reason: str = ""
