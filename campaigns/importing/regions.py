"""Which time zone a province or state keeps, and what countries are called in lists.

Zones are those of the IANA database. A region that keeps two times (Texas, Florida) is left out: its name tells
neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from campaigns.importing.headers import plain

_UNITED_STATES: Final = {
    "America/New_York": "ct connecticut|de delaware|dc district of columbia|ga georgia|ma massachusetts|md maryland|"
    "me maine|nc north carolina|nh new hampshire|nj new jersey|ny new york|oh ohio|pa pennsylvania|ri rhode island|"
    "sc south carolina|va virginia|vt vermont|wv west virginia",
    "America/Chicago": "al alabama|ar arkansas|ia iowa|il illinois|la louisiana|mn minnesota|mo missouri|"
    "ms mississippi|ok oklahoma|wi wisconsin",
    "America/Denver": "co colorado|mt montana|nm new mexico|ut utah|wy wyoming",
    "America/Phoenix": "az arizona",
    "America/Los_Angeles": "ca california|nv nevada|wa washington",
    "Pacific/Honolulu": "hi hawaii",
}
_CANADA: Final = {
    "America/St_Johns": "nl newfoundland and labrador|nf newfoundland",
    "America/Halifax": "ns nova scotia|nb new brunswick|pe prince edward island",
    "America/Toronto": "qc quebec|qc québec",
    "America/Winnipeg": "mb manitoba",
    "America/Regina": "sk saskatchewan",
    "America/Edmonton": "ab alberta|nt northwest territories",
    "America/Whitehorse": "yt yukon",
}
_AUSTRALIA: Final = {
    "Australia/Sydney": "nsw new south wales|act australian capital territory",
    "Australia/Melbourne": "vic victoria",
    "Australia/Hobart": "tas tasmania",
    "Australia/Brisbane": "qld queensland",
    "Australia/Adelaide": "sa south australia",
    "Australia/Darwin": "nt northern territory",
    "Australia/Perth": "wa western australia",
}
_BRAZIL: Final = {
    "America/Sao_Paulo": "sp são paulo|sp sao paulo|rj rio de janeiro|mg minas gerais|es espírito santo|"
    "es espirito santo|pr paraná|pr parana|sc santa catarina|rs rio grande do sul|go goiás|go goias|"
    "df distrito federal",
    "America/Bahia": "ba bahia",
    "America/Fortaleza": "ce ceará|ce ceara|rn rio grande do norte|pb paraíba|pb paraiba|pi piauí|pi piaui|"
    "ma maranhão|ma maranhao",
    "America/Maceio": "al alagoas|se sergipe",
    "America/Recife": "pe pernambuco",
    "America/Belem": "pa pará|pa para|ap amapá|ap amapa",
    "America/Araguaina": "to tocantins",
    "America/Cuiaba": "mt mato grosso",
    "America/Campo_Grande": "ms mato grosso do sul",
    "America/Porto_Velho": "ro rondônia|ro rondonia",
    "America/Boa_Vista": "rr roraima",
    "America/Rio_Branco": "ac acre",
}
_INDONESIA: Final = {
    "Asia/Jakarta": "aceh|sumatera utara|north sumatra|sumatera barat|west sumatra|riau|kepulauan riau|jambi|bengkulu|"
    "sumatera selatan|south sumatra|kepulauan bangka belitung|lampung|banten|jakarta|dki jakarta|jawa barat|west java|"
    "jawa tengah|central java|yogyakarta|di yogyakarta|jawa timur|east java|kalimantan barat|west kalimantan|"
    "kalimantan tengah|central kalimantan",
    "Asia/Makassar": "bali|nusa tenggara barat|nusa tenggara timur|kalimantan selatan|south kalimantan|"
    "kalimantan timur|east kalimantan|kalimantan utara|north kalimantan|sulawesi utara|north sulawesi|gorontalo|"
    "sulawesi tengah|sulawesi barat|sulawesi selatan|south sulawesi|sulawesi tenggara",
    "Asia/Jayapura": "maluku|maluku utara|papua|papua barat|west papua|papua selatan|papua tengah|papua pegunungan",
}
_ZONES: Final = {"US": _UNITED_STATES, "CA": _CANADA, "AU": _AUSTRALIA, "BR": _BRAZIL, "ID": _INDONESIA}
_ABBREVIATED: Final = frozenset(("US", "CA", "AU", "BR"))  # entries begin with the postal abbreviation

_COUNTRIES: Final = {
    "CN": "china|pr china|people's republic of china|中国|中国大陆|大陆|中华人民共和国",
    "HK": "hong kong|香港|中国香港", "MO": "macau|macao|澳门|中国澳门", "TW": "taiwan|台湾|臺灣|中国台湾",
    "SG": "singapore|新加坡", "MY": "malaysia|马来西亚", "TH": "thailand|泰国", "VN": "vietnam|viet nam|越南",
    "ID": "indonesia|印度尼西亚|印尼", "PH": "philippines|菲律宾", "JP": "japan|日本", "KR": "south korea|korea|韩国",
    "IN": "india|印度", "AU": "australia|澳大利亚", "NZ": "new zealand|新西兰", "AE": "united arab emirates|uae|阿联酋",
    "US": "united states|united states of america|usa|u s a|u s|美国", "CA": "canada|加拿大",
    "MX": "mexico|méxico|墨西哥",
    "BR": "brazil|brasil|巴西", "GB": "united kingdom|great britain|england|scotland|wales|uk|u k|英国",
    "IE": "ireland|爱尔兰", "DE": "germany|deutschland|德国", "AT": "austria|österreich|奥地利",
    "CH": "switzerland|schweiz|suisse|瑞士", "FR": "france|法国", "IT": "italy|italia|意大利",
    "ES": "spain|españa|西班牙", "PT": "portugal|葡萄牙", "NL": "netherlands|nederland|holland|荷兰",
    "BE": "belgium|belgië|belgique|比利时", "DK": "denmark|danmark|丹麦", "SE": "sweden|sverige|瑞典",
    "NO": "norway|norge|挪威", "FI": "finland|suomi|芬兰", "PL": "poland|polska|波兰",
    "CZ": "czechia|czech republic|捷克",
    "HU": "hungary|匈牙利", "RU": "russia|russian federation|俄罗斯", "UA": "ukraine|乌克兰",
    "TR": "turkey|türkiye|土耳其",
    "ZA": "south africa|南非", "EG": "egypt|埃及", "NG": "nigeria|尼日利亚", "KE": "kenya|肯尼亚",
    "IL": "israel|以色列",
    "SA": "saudi arabia|沙特阿拉伯", "PK": "pakistan|巴基斯坦", "BD": "bangladesh|孟加拉国", "LK": "sri lanka|斯里兰卡",
}  # fmt: skip
_COUNTRY_OF: Final = {plain(name): code for code, names in _COUNTRIES.items() for name in names.split("|")}


def tells_zones(country: str) -> bool:
    """Whether the regions of a country keep different times, and are known here."""
    return country in _ZONES


def zone_of_region(country: str, text: str) -> str:
    """ "" where the region is unknown or keeps several times. Countries with one time need no region."""
    return _regions(country).get(plain(text), "") if country in _ZONES else ""


@lru_cache(maxsize=512)
def country_of(text: str) -> str:
    """ISO 3166-1 alpha-2 of a code, a name, or a country calling code of one country only; "" where unknown."""
    written = plain(text)
    code = written.upper()
    if code in phonenumbers.SUPPORTED_REGIONS:
        return code
    calling = written.removeprefix("+").removeprefix("00")
    if calling.isascii() and calling.isdigit() and len(calling) < 4:
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(calling), ())
        return str(regions[0]) if len(regions) == 1 else ""
    return _COUNTRY_OF.get(written, "")


@lru_cache(maxsize=8)
def _regions(country: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for zone, entries in _ZONES[country].items():
        for entry in entries.split("|"):
            found |= dict.fromkeys(_names(entry, country), zone)
    return found


def _names(entry: str, country: str) -> Iterable[str]:
    return entry.split(" ", 1) if country in _ABBREVIATED else (entry,)
