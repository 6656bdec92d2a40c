"""Reading a list: bytes or cells in, accepted and refused rows out, one at a time, in bounded memory.

`survey` reads the bytes of a CSV file once to learn their encoding; `CsvSource` reads them again into records, and
`ListReader` judges every one. `Tally` counts them into a `CleaningReport`.
"""

from campaigns.importing.errors import ListError, Reason
from campaigns.importing.mapping import ColumnMapping, parse_mapping
from campaigns.importing.reader import ListReader
from campaigns.importing.report import CleaningReport, Quality, Tally
from campaigns.importing.rows import AcceptedRow, RefusedRow
from campaigns.importing.source import CsvSource, Source
from campaigns.importing.survey import Survey, survey

__all__ = [
    "AcceptedRow",
    "CleaningReport",
    "ColumnMapping",
    "CsvSource",
    "ListError",
    "ListReader",
    "Quality",
    "Reason",
    "RefusedRow",
    "Source",
    "Survey",
    "Tally",
    "parse_mapping",
    "survey",
]
