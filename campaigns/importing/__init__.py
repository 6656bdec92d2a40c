"""Reading a list: bytes in, accepted and refused rows out, one at a time, in bounded memory.

`survey` reads the bytes once to learn their encoding; `ListReader` reads them again and judges every row.
"""

from campaigns.importing.columns import ColumnMapping, parse_mapping
from campaigns.importing.errors import ListError, Reason
from campaigns.importing.reader import ListReader
from campaigns.importing.report import CleaningReport, Quality, Tally
from campaigns.importing.rows import AcceptedRow, RefusedRow
from campaigns.importing.survey import Survey, survey

__all__ = [
    "AcceptedRow",
    "CleaningReport",
    "ColumnMapping",
    "ListError",
    "ListReader",
    "Quality",
    "Reason",
    "RefusedRow",
    "Survey",
    "Tally",
    "parse_mapping",
    "survey",
]
