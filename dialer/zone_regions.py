"""Which states and provinces keep the time of a zone, for countries whose public holidays differ between them.

Only where a zone tells the region well enough. Where several keep the same time, a day on which one of them rests is
free of calls for all: nobody is called on a holiday of his own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Country -> IANA zone -> codes of ISO 3166-2 without the country, as the holidays package names them.
REGIONS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "AU": {
        "Australia/Sydney": ("NSW", "ACT"),
        "Australia/Canberra": ("ACT",),
        "Australia/Broken_Hill": ("NSW",),
        "Australia/Melbourne": ("VIC",),
        "Australia/Brisbane": ("QLD",),
        "Australia/Lindeman": ("QLD",),
        "Australia/Adelaide": ("SA",),
        "Australia/Darwin": ("NT",),
        "Australia/Perth": ("WA",),
        "Australia/Eucla": ("WA",),
        "Australia/Hobart": ("TAS",),
    },
    "CA": {
        "America/Vancouver": ("BC",),
        "America/Edmonton": ("AB",),
        "America/Regina": ("SK",),
        "America/Winnipeg": ("MB",),
        "America/Toronto": ("ON", "QC"),
        "America/Halifax": ("NS", "PE"),
        "America/Moncton": ("NB",),
        "America/St_Johns": ("NL",),
        "America/Whitehorse": ("YT",),
        "America/Yellowknife": ("NT",),
        "America/Iqaluit": ("NU",),
    },
}
