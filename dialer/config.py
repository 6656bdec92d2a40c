"""The site's settings: one TOML file, validated as a whole before anything is opened.

Paths in it are relative to the file. Passwords may stand in the file, in a file of their own (`password_file`), or in
the environment (`GOLDENHOUR_DATABASE_PASSWORD`, `GOLDENHOUR_MQTT_PASSWORD`, `GOLDENHOUR_TRUNK_<NAME>_PASSWORD`).
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import available_timezones

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from dialer.domain.agent import LegMode
from sip.trunks import Codec, Trunk

FILE_NAME: Final = "goldenhour.toml"
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
CODE: Final = r"^([a-z0-9][a-z0-9-]{0,47})?$"
Port = Annotated[int, Field(ge=1, le=65535)]
_HOST: Final = re.compile(r"^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::([0-9]{1,5}))?$")


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _WithPassword(Section):
    password: str = Field(default="", repr=False, max_length=256)
    password_file: Path | None = None

    @field_validator("password_file")
    @classmethod
    def _one_source(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value and info.data.get("password"):
            raise ValueError("give either password or password_file, not both")
        return value


class SiteSection(Section):
    name: Name = "main"  # part of every MQTT topic
    time_zone: str = "Asia/Shanghai"  # of the site: reports, daily upkeep
    country: str = "CN"  # for numbers written without a country code
    data: Path = Path("data")

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("must be a time zone name such as 'Asia/Shanghai' or 'Europe/London'")
        return value

    @field_validator("country")
    @classmethod
    def _is_a_country(cls, value: str) -> str:
        if value not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("must be a two-letter country code in capitals, such as 'CN' or 'GB'")
        return value


class DatabaseSection(_WithPassword):
    """Without `url`: SQLite in the data directory."""

    url: str = ""

    @field_validator("url")
    @classmethod
    def _is_supported(cls, value: str) -> str:
        if value and not re.match(r"^(sqlite:///.+|postgresql://.+)", value):
            raise ValueError("must be empty, 'sqlite:///PATH' or 'postgresql://USER@HOST/DATABASE'")
        return value


class ServerSection(Section):
    allow_remote: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8642, ge=0, le=65535)  # 0: any free port
    allowed_hosts: tuple[str, ...] = ()  # names of this server accepted in the Host header besides its address
    largest_upload_mb: int = Field(default=1024, ge=1, le=8192)
    shutdown_grace_s: float = Field(default=30.0, ge=0, le=14400)

    @field_validator("host")
    @classmethod
    def _is_loopback_unless_allowed(cls, value: str, info: ValidationInfo) -> str:
        try:
            loopback = value == "localhost" or ipaddress.ip_address(value).is_loopback
        except ValueError:
            raise ValueError("must be an IP address of this machine, such as '127.0.0.1'") from None
        if not loopback and not info.data.get("allow_remote"):
            raise ValueError("is not a loopback address; set server.allow_remote = true if other machines may connect")
        return value


class WorkersSection(Section):
    count: int = Field(default=2, ge=1, le=64)
    bind_address: str = "127.0.0.1"
    public_address: str = ""  # told to carriers in place of bind_address, behind address translation
    sip_port_from: int = Field(default=0, ge=0, le=65535)  # 0: any free port for each worker
    rtp_port_from: int = Field(default=20000, ge=1024, le=65000)
    rtp_port_to: int = Field(default=29999, ge=1024, le=65535, validate_default=True)
    leg_mode: LegMode = LegMode.AUTO
    slack_legs: int | None = Field(default=None, ge=0, le=64)
    nameservers: tuple[str, ...] = ()

    @field_validator("bind_address", "public_address")
    @classmethod
    def _is_an_address(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.field_name == "public_address":
            return value
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError("must be an IP address, such as '192.0.2.10'") from None
        return value

    @field_validator("rtp_port_to")
    @classmethod
    def _leaves_room(cls, value: int, info: ValidationInfo) -> int:
        first, count = info.data.get("rtp_port_from"), info.data.get("count")
        if first is not None and count is not None and value - first + 1 < 200 * count:
            raise ValueError(f"must leave 200 RTP ports for each worker: at least {first + 200 * count - 1}")
        return value


class InboundNumber(Section):
    """One of our numbers that customers call."""

    campaign: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")
    agents: tuple[str, ...] = ()


class InboundSection(Section):
    """Calls from customers, over the trunks that say `inbound = true`. Durations in seconds."""

    enabled: bool = True
    wait_s: float = Field(default=30.0, ge=5, le=600)
    agent_answer_s: float = Field(default=5.0, ge=1, le=60)
    sorry_file: Path | None = None
    missed_due_s: float = Field(default=60.0, ge=0, le=86400)
    calls_per_second: float = Field(default=5.0, gt=0, le=1000)


class TrunkSection(_WithPassword):
    name: Name
    address: str
    register_account: bool = Field(default=False, alias="register")
    user: str = Field(default="", max_length=128, validate_default=True)
    realm: str = "*"
    outbound_proxy: str = ""
    codecs: tuple[Codec, ...] = Field(default=(Codec.PCMA, Codec.PCMU), min_length=1)
    lines: int = Field(default=30, ge=1, le=2000)
    calls_per_second: float = Field(default=1.0, gt=0, le=100)
    caller_id: str = Field(default="", pattern=r"^(\+[1-9][0-9]{5,14})?$")
    strip_plus: bool = False
    prefix: str = Field(default="", pattern=r"^[0-9*#]{0,16}$")
    echo: str = Field(default="", pattern=r"^(\+?[0-9*#]{1,24})?$")  # extension that plays back what it hears
    inbound: bool = False  # customers' calls over it are taken
    inbound_from: tuple[str, ...] = ()  # addresses and networks they come from, besides `address`
    inbound_campaign: str = Field(default="", pattern=CODE)  # for our numbers that are not in `inbound_numbers`
    inbound_agents: tuple[str, ...] = ()  # who takes unknown callers; () is whoever serves the campaign
    inbound_numbers: dict[str, InboundNumber] = Field(default_factory=dict)
    inbound_country: str = ""  # of callers' numbers without a country code; "" is the site's

    @field_validator("address", "outbound_proxy")
    @classmethod
    def _is_host_and_port(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.field_name == "outbound_proxy":
            return value
        match = _HOST.match(value)
        if not match or not 0 < int(match[1] or 1) < 65536:
            raise ValueError("must be HOST or HOST:PORT, such as 'sip.carrier.example' or '192.0.2.10:5060'")
        return value

    @field_validator("inbound_from")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                ipaddress.ip_network(one, strict=False)
            except ValueError:
                raise ValueError(f"'{one}' is not an address or network, such as '192.0.2.0/28'") from None
        return value

    @field_validator("inbound_country")
    @classmethod
    def _is_a_country(cls, value: str) -> str:
        if value and value not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("must be a two-letter country code in capitals, such as 'CN' or 'GB'")
        return value

    @field_validator("user")
    @classmethod
    def _registering_needs_a_user(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("register_account") and not value:
            raise ValueError("is required where register = true")
        return value

    def trunk(self) -> Trunk:
        return Trunk(
            register=self.register_account,
            **self.model_dump(exclude=_NOT_OF_THE_LINE),
        )


_NOT_OF_THE_LINE: Final = {
    "register_account",
    "password_file",
    "echo",
    "inbound_campaign",
    "inbound_agents",
    "inbound_numbers",
    "inbound_country",
}


class MqttSection(_WithPassword):
    """Without `host` no events are published and no broker is needed."""

    host: str = ""
    port: Port = 1883
    user: str = ""
    tls: bool = False
    ca_file: Path | None = None


class RecordingsSection(Section):
    format: Literal["wav", "opus"] = "opus"
    retention_days: int = Field(default=180, ge=1, le=3650)
    smallest_free_mb: int = Field(default=500, ge=10, le=1_000_000)  # below it no new calls are placed


class LogSection(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = Field(default=False, alias="json")


class Config(Section):
    site: SiteSection = SiteSection()
    database: DatabaseSection = DatabaseSection()
    server: ServerSection = ServerSection()
    workers: WorkersSection = WorkersSection()
    trunks: tuple[TrunkSection, ...] = ()
    inbound: InboundSection = InboundSection()
    mqtt: MqttSection = MqttSection()
    recordings: RecordingsSection = RecordingsSection()
    log: LogSection = LogSection()

    @field_validator("trunks")
    @classmethod
    def _names_differ(cls, value: tuple[TrunkSection, ...]) -> tuple[TrunkSection, ...]:
        names = [trunk.name for trunk in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two trunks are called '{twice[0]}'; each needs a name of its own")
        return value

    @property
    def data(self) -> Path:
        return self.site.data
