"""What is wrong with a campaign before it starts: pure rules over facts. Errors block the start, warnings are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from campaigns.lint import agents, hours, leads, lines, pacing, screening, script
from campaigns.lint.facts import Facts, Finding, LeadFacts, ScriptFacts, Severity, TrunkFacts

Rule = Callable[[Facts], Iterator[Finding]]
RULES: Final[tuple[Rule, ...]] = (
    *lines.RULES, *agents.RULES, *hours.RULES, *leads.RULES, *script.RULES, *screening.RULES, *pacing.RULES,
)  # fmt: skip

__all__ = ["RULES", "Facts", "Finding", "LeadFacts", "ScriptFacts", "Severity", "TrunkFacts", "lint"]


def lint(facts: Facts) -> tuple[Finding, ...]:
    """Errors first, each group in the order of the rules."""
    found = [finding for rule in RULES for finding in rule(facts)]
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))
