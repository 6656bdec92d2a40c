"""Which column means what: as told, or guessed from the headers that lists have in practice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from campaigns.importing.errors import ListError

ROLES: Final = ("number", "name", "time_zone", "priority")
MOST_COLUMNS: Final = 500
REFUSED_COLUMNS: Final = ("line", "column", "reason")  # what a file of refused rows has at the end
DELIMITERS: Final = (",", ";", "\t")

_KNOWN: Final[dict[str, tuple[str, ...]]] = {
    "number": (
        "number", "phone", "phone number", "phonenumber", "telephone", "telephone number", "tel", "tel no", "mobile",
        "mobile phone", "mobile number", "cell", "cell phone", "cellphone", "cell number", "msisdn", "e164",
        "contact number", "phone 1", "phone 2", "phone 3", "phone1", "phone2", "phone3", "home phone", "work phone",
        "office phone", "landline", "fixed line", "alternative phone", "alternate phone", "other phone",
        "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式", "移动电话", "客户电话", "客户手机",
        "座机", "固话", "固定电话", "家庭电话", "住宅电话", "办公电话", "单位电话", "公司电话", "备用电话", "其他电话",
        "电话1", "电话2", "电话3", "手机1", "手机2", "手机3", "号码",
    ),
    "name": (
        "name", "full name", "fullname", "customer", "customer name", "contact", "contact name", "contact person",
        "client", "client name", "first name", "firstname", "last name", "lastname", "surname", "given name",
        "姓名", "名字", "客户姓名", "客户名称", "客户", "联系人", "联系人姓名", "称呼",
    ),
    "time_zone": ("time zone", "timezone", "tz", "iana zone", "时区"),
    "priority": ("priority", "prio", "优先级", "优先"),
}  # fmt: skip
_ROLE_OF: Final = {header: role for role, headers in _KNOWN.items() for header in headers}
_KINDS: Final = (
    ("mobile", ("mobile", "cell", "msisdn", "手机", "移动")),
    ("home", ("home", "家庭", "住宅")),
    ("work", ("work", "office", "办公", "单位", "公司")),
    ("landline", ("landline", "fixed", "座机", "固话", "固定")),
)


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Header names by role, as the planner gave them; roles left out are guessed."""

    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Columns:
    """What every column of a file means. Positions count from 0."""

    header: tuple[str, ...]
    numbers: tuple[tuple[int, str], ...]  # (position, kind)
    names: tuple[int, ...]
    time_zone: int | None
    priority: int | None
    fields: tuple[tuple[int, str], ...]  # (position, name of the custom field)

    def roles(self) -> dict[str, str]:
        """Header -> role, "field" for custom fields; the columns of an earlier refusal are left out."""
        role_of = dict.fromkeys((p for p, _ in self.numbers), "number") | dict.fromkeys(self.names, "name")
        role_of |= {
            p: role for p, role in ((self.time_zone, "time_zone"), (self.priority, "priority")) if p is not None
        }
        role_of |= dict.fromkeys((p for p, _ in self.fields), "field")
        return {self.header[position]: role_of[position] for position in sorted(role_of)}


def parse_mapping(items: Iterable[str]) -> ColumnMapping:
    """Items like `number=手机`; number and name may be given several times. Raises `ListError`."""
    headers: dict[str, list[str]] = {}
    for item in items:
        role, separator, header = item.partition("=")
        role = role.strip().lower()
        if not separator or not header.strip() or role not in ROLES:
            raise ListError(
                f"mapping {item!r} is not understood; write ROLE=COLUMN with a role of {', '.join(ROLES)}",
                field="mapping",
            )
        headers.setdefault(role, []).append(header.strip())
    for role in ("time_zone", "priority"):
        if len(headers.get(role, ())) > 1:
            raise ListError(f"mapping: {role} can be one column only", field="mapping")
    return ColumnMapping({role: tuple(names) for role, names in headers.items()})


def sniff_delimiter(first_line: str) -> str:
    """The one that stands most often outside quotes in the header line; a comma for a single column."""
    bare = re.sub(r'"[^"]*"', "", first_line)
    return max(DELIMITERS, key=bare.count)


def resolve(header: Sequence[str], mapping: ColumnMapping) -> Columns:
    """Raises `ListError` when a mapped column is missing, or no column holds a number."""
    if len(header) > MOST_COLUMNS:
        raise ListError(f"the header has {len(header)} columns, more than {MOST_COLUMNS}; is it a list of people?")
    names = _unique(header)
    usable = len(names) - (3 if tuple(_plain(n) for n in names[-3:]) == REFUSED_COLUMNS else 0)
    roles = _mapped(names[:usable], mapping)
    for position, name in enumerate(names[:usable]):
        role = _ROLE_OF.get(_plain(name))
        single_taken = role in ("time_zone", "priority") and role in roles.values()
        if position not in roles and role is not None and role not in mapping.headers and not single_taken:
            roles[position] = role
    numbers = tuple((p, kind_of(names[p])) for p in _positions(roles, "number", mapping, names))
    if not numbers:
        raise ListError(
            f"no column holds telephone numbers; the columns are {', '.join(names)[:500]}; "
            "name one with the mapping number=COLUMN",
            field="mapping",
        )
    return Columns(
        header=names,
        numbers=numbers,
        names=tuple(_positions(roles, "name", mapping, names)),
        time_zone=next(iter(_positions(roles, "time_zone", mapping, names)), None),
        priority=next(iter(_positions(roles, "priority", mapping, names)), None),
        fields=tuple((p, names[p]) for p in range(usable) if p not in roles),
    )


def kind_of(header: str) -> str:
    plain = _plain(header)
    return next((kind for kind, words in _KINDS if any(word in plain for word in words)), "main")


def _positions(roles: dict[int, str], role: str, mapping: ColumnMapping, names: Sequence[str]) -> list[int]:
    """In the order of the mapping, else from left to right: the first number is dialled first."""
    found = sorted(position for position, its in roles.items() if its == role)
    told = [_plain(header) for header in mapping.headers.get(role, ())]
    return sorted(found, key=lambda p: told.index(_plain(names[p]))) if told else found


def _mapped(names: Sequence[str], mapping: ColumnMapping) -> dict[int, str]:
    position_of = {_plain(name): position for position, name in reversed(list(enumerate(names)))}
    roles: dict[int, str] = {}
    for role, headers in mapping.headers.items():
        for header in headers:
            position = position_of.get(_plain(header))
            if position is None:
                raise ListError(
                    f"mapping {role}={header}: there is no such column; the columns are {', '.join(names)[:500]}",
                    field="mapping",
                )
            if roles.setdefault(position, role) != role:
                raise ListError(
                    f"mapping: column {header!r} cannot be both {roles[position]} and {role}", field="mapping"
                )
    return roles


def _unique(header: Sequence[str]) -> tuple[str, ...]:
    """Every column gets a name of its own, so that no value is lost."""
    names: list[str] = []
    seen: set[str] = set()
    for position, text in enumerate(header, start=1):
        base = " ".join(text.split()) or f"column {position}"
        name, copy = base, 2
        while _plain(name) in seen:
            name, copy = f"{base} ({copy})", copy + 1
        seen.add(_plain(name))
        names.append(name)
    return tuple(names)


def _plain(header: str) -> str:
    """Without case, width and the signs between words."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return " ".join(re.sub(r"[_\-.:*#'\u200b\ufeff]+", " ", text).split())
