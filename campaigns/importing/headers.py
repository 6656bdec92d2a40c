"""The headers that lists have in practice, in English and Chinese, and what they mean."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAIN: Final = "main"
KINDS: Final = ("mobile", "home", "work", "landline", "other", MAIN)
ROLES: Final = (
    "number", "name", "time_zone", "country", "region", "priority", "source", "segment", "owner", "skill", "value",
    "external_id",
)  # fmt: skip
SEVERAL: Final = ("number", "name")  # roles that more than one column may have

_KNOWN: Final[dict[str, tuple[str, ...]]] = {
    "number": (
        "number", "phone", "phone number", "phonenumber", "telephone", "telephone number", "tel", "tel no", "mobile",
        "mobile phone", "mobile number", "mobile no", "cell", "cell phone", "cellphone", "cell number", "msisdn",
        "e164", "contact number", "second phone", "home phone", "home number", "work phone", "work number",
        "business phone", "office phone", "landline", "fixed line", "alternative phone", "alternate phone",
        "other phone",
        "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式", "移动电话", "客户电话", "客户手机",
        "座机", "固话", "固定电话", "家庭电话", "住宅电话", "办公电话", "单位电话", "公司电话", "备用电话", "备用手机",
        "备用号码", "其他电话", "其它电话", "联系手机", "本人手机", "号码",
    ),
    "name": (
        "name", "full name", "fullname", "customer", "customer name", "contact", "contact name", "contact person",
        "client", "client name", "first name", "firstname", "last name", "lastname", "surname", "given name",
        "姓名", "名字", "客户姓名", "客户名称", "客户", "联系人", "联系人姓名", "称呼",
    ),
    "time_zone": ("time zone", "timezone", "tz", "iana zone", "时区"),
    "country": ("country", "country code", "国家", "国别", "国家代码"),
    "region": (
        "region", "state", "province", "state province", "state/province", "省", "省份", "所在省", "所在省份", "州",
        "地区", "客户省份", "归属省份",
    ),
    "priority": ("priority", "prio", "优先级", "优先"),
    "source": (
        "source", "lead source", "list source", "data source", "来源", "客户来源", "数据来源", "名单来源", "线索来源",
        "来源渠道",
    ),
    "segment": (
        "segment", "customer segment", "value segment", "细分", "客户细分", "客群", "客户分层", "客户群", "价值分层",
    ),
    "owner": ("owner", "lead owner", "account manager", "负责人", "客户经理", "归属坐席", "所属坐席", "专属坐席"),
    "skill": ("skill", "required skill", "技能", "所需技能", "技能要求"),
    "value": ("expected value", "lead value", "预期价值", "期望价值", "预计价值"),
    "external_id": (
        "customer id", "client id", "crm id", "lead id", "external id", "customer code", "account id", "客户编号",
        "客户id", "客户号", "客户代码", "会员号", "会员编号",
    ),
}  # fmt: skip
_ROLE_OF: Final = {header: role for role, headers in _KNOWN.items() for header in headers}
_KIND_WORDS: Final = (
    ("other", ("other", "alternat", "second", "备用", "其他", "其它")),
    ("mobile", ("mobile", "cell", "msisdn", "手机", "移动")),
    ("home", ("home", "家庭", "住宅")),
    ("work", ("work", "office", "business", "办公", "单位", "公司")),
    ("landline", ("landline", "fixed", "座机", "固话", "固定")),
)
_COUNTED: Final = re.compile(r"(.*?\D)\s*[1-9]")  # phone 2, 手机2


def role_of(header: str) -> str | None:
    """What the header says by itself; None for a custom field."""
    text = plain(header)
    role = _ROLE_OF.get(text)
    if role is None and (counted := _COUNTED.fullmatch(text)):
        role = _ROLE_OF.get(counted[1].strip())
        return role if role == "number" else None
    return role


def kind_of(header: str) -> str:
    text = plain(header)
    return next((kind for kind, words in _KIND_WORDS if any(word in text for word in words)), MAIN)


def plain(header: str) -> str:
    """Without case, width and the signs between words."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return " ".join(re.sub(r"[_\-.:*#'\u200b\ufeff]+", " ", text).split())
