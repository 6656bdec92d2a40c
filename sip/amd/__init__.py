"""Answering-machine detection: who answered, told from the loudness of the line alone.

Pure: levels in, verdicts out; no clock, no I/O. `Detector` settles a call exactly once, `Greeting` says when a
machine has finished speaking.
"""

from __future__ import annotations

from sip.amd.detector import Detector
from sip.amd.greeting import Greeting
from sip.amd.settings import AmdSettings
from sip.amd.verdicts import Evidence, Reason, Screening, Verdict

__all__ = ["AmdSettings", "Detector", "Evidence", "Greeting", "Reason", "Screening", "Verdict"]
