"""Scripts for the tests: short, and each wrong in one way at most."""

from __future__ import annotations

from typing import Any

from campaigns.script import Script


def script(**changes: Any) -> Script:
    """Asks whether the customer has time; then an offer, and three ways to end."""
    wanted: dict[str, Any] = {
        "name": "spring", "title": "Spring", "author": "Li", "fields": ["model"],
        "opening": [
            {
                "node": "hello", "say": "Good day {name|there}, this is {agent}.",
                "must_say": [{"code": "recording", "text": "This call is recorded."}],
                "questions": [{"code": "time", "ask": "Do you have time?", "type": "yes_no", "required": True}],
                "branches": [
                    {"to": "later", "question": "time", "equals": False},
                    {"to": "bye", "choice": "hangs up", "skips": True},
                ],
                "next": "offer",
            }
        ],
        "interaction": [
            {
                "node": "offer", "say": "About your {model|car}.",
                "questions": [
                    {"code": "budget", "ask": "How much?", "type": "number", "at_least": 0, "field": "budget"},
                    {"code": "uses", "ask": "What for?", "type": "several_of", "options": ["work", "family"]},
                ],
                "branches": [
                    {"to": "bye", "choice": "no"},
                    {"to": "rich", "question": "budget", "at_least": 50000},
                    {"to": "bye", "choice": "yes"},
                ],
            },
            {"node": "rich", "say": "Then {{this}} one.", "next": "bye"},
        ],
        "closing": [
            {"node": "later", "say": "When may I call?", "books_next_call": True},
            {"node": "bye", "say": "Good-bye {name|}."},
        ],
    }  # fmt: skip
    return Script.model_validate(wanted | changes)
