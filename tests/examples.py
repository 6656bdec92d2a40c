"""How often a rule is tried on made-up cases: a few dozen times in the fast suite, or as GOLDENHOUR_EXAMPLES says."""

from __future__ import annotations

import os
from typing import Final

EXAMPLES: Final = int(os.environ.get("GOLDENHOUR_EXAMPLES", "25"))
