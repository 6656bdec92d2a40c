"""Versions of scripts: written, reviewed, released, retired; which one is in force; and who has to pass it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from campaigns.campaign import CampaignSettings


class ScriptState(StrEnum):
    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    RELEASED = "RELEASED"  # its words never change any more
    RETIRED = "RETIRED"


class ScriptOrder(StrEnum):
    SUBMIT = "submit"
    SEND_BACK = "send_back"
    APPROVE = "approve"  # by somebody else than whoever wrote it
    RELEASE = "release"
    RETIRE = "retire"


_S, _O = ScriptState, ScriptOrder
NEXT: Final[Mapping[tuple[ScriptState, ScriptOrder], ScriptState]] = {
    (_S.DRAFT, _O.SUBMIT): _S.IN_REVIEW,
    (_S.IN_REVIEW, _O.SEND_BACK): _S.DRAFT,  # ticks and approval lapse
    (_S.IN_REVIEW, _O.APPROVE): _S.IN_REVIEW,
    (_S.IN_REVIEW, _O.RELEASE): _S.RELEASED,
    (_S.RELEASED, _O.RETIRE): _S.RETIRED,
}


def after(state: ScriptState, order: ScriptOrder) -> ScriptState | None:
    """The state an order leads to; None when the order does not fit the state."""
    return NEXT.get((state, order))


def orders(state: ScriptState) -> tuple[ScriptOrder, ...]:
    return tuple(order for order in ScriptOrder if (state, order) in NEXT)


class CheckItem(StrEnum):
    """What is looked at before a release; each is ticked by somebody."""

    FLOW = "flow"
    READ_ALOUD = "read_aloud"
    DISPUTES = "disputes"
    NO_JARGON = "no_jargon"
    SHORT_SENTENCES = "short_sentences"
    ROOM_TO_ANSWER = "room_to_answer"
    ORDER = "order"


CHECKLIST: Final[Mapping[CheckItem, tuple[str, str]]] = {
    CheckItem.FLOW: ("matches the flow chart", "与流程图一致"),
    CheckItem.READ_ALOUD: ("was read aloud 3 to 5 times", "已朗读 3 至 5 遍"),
    CheckItem.DISPUTES: ("explains whatever customers may dispute", "对有争议之处有说明"),
    CheckItem.NO_JARGON: ("has no jargon", "没有专业术语"),
    CheckItem.SHORT_SENTENCES: ("has no long sentences", "没有长句"),
    CheckItem.ROOM_TO_ANSWER: ("leaves the customer room to answer", "给客户留出回答的余地"),
    CheckItem.ORDER: ("asks its questions in a good order", "提问顺序合理"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    item: CheckItem
    by: str
    at: datetime
    remark: str = ""


def unticked(ticks: Iterable[Tick]) -> tuple[CheckItem, ...]:
    done = {tick.item for tick in ticks}
    return tuple(item for item in CheckItem if item not in done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """`requalify`: who has passed the version before it must pass this one as well."""

    name: str
    version: int
    requalify: bool = True
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The version calls are made with. `passing`: versions of which one must have been passed."""

    name: str
    version: int
    passing: frozenset[int]

    @property
    def label(self) -> str:
        """Kept with every attempt."""
        return f"{self.name} {self.version}"


def label_parts(label: str) -> tuple[str, int] | None:
    """Name and version of a label; None for one that is none."""
    name, _, version = label.rpartition(" ")
    return (name, int(version)) if name and version.isdigit() else None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The versions of all scripts that are released; retired ones count for what was passed."""

    by_name: Mapping[str, tuple[Released, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, released: Iterable[Released]) -> Shelf:
        found: dict[str, tuple[Released, ...]] = {}
        for one in sorted(released, key=lambda one: one.version):
            found[one.name] = (*found.get(one.name, ()), one)
        return cls(found)

    def without(self, name: str, version: int) -> Shelf:
        """As it would be with that version retired."""
        own = (replace(one, retired=one.retired or one.version == version) for one in self.by_name.get(name, ()))
        return Shelf({**self.by_name, name: tuple(own)})

    def in_force(self, settings: CampaignSettings) -> InForce | None:
        """The latest released version, or the one the campaign is pinned to. None: nobody has to pass anything."""
        if not settings.script_name:
            return None
        kept = self.by_name.get(settings.script_name, ())
        wanted = [one for one in kept if not one.retired and settings.script_version in (None, one.version)]
        if not wanted:
            return None
        found = wanted[-1]
        return InForce(name=found.name, version=found.version, passing=_passing(kept, found))


def _passing(kept: tuple[Released, ...], found: Released) -> frozenset[int]:
    versions: list[int] = []
    for one in reversed([one for one in kept if one.version <= found.version]):
        versions.append(one.version)
        if one.requalify:
            break
    return frozenset(versions)
