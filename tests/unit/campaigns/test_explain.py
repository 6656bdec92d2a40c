"""The funnel of a campaign."""

from __future__ import annotations

from campaigns.attempt import AttemptOutcome as O
from campaigns.explain import WORDS, FunnelCount, funnel
from campaigns.lead import CloseReason, LeadState
from campaigns.verdict import Rule, verdict
from tests.unit.campaigns.builders import FIRST, at, attempt, dossier, lead, local, pack, settings

NOW = at("2026-11-23 10:00")


def judge(case):
    return verdict(case, settings(), pack("cn"), NOW)


def closed(reason: CloseReason):
    return dossier(of=lead(state=LeadState.CLOSED, closed_reason=reason, due_at=None))


def test_every_lead_is_counted_once_at_its_first_blocker() -> None:
    found = funnel(
        judge(case)
        for case in (
            dossier(),
            closed(CloseReason.DISPOSITION),
            closed(CloseReason.DISPOSITION),
            closed(CloseReason.DECLINED),
            dossier(of=lead(due_at=at("2026-11-23 15:00"))),
            dossier(of=lead(due_at=at("2026-11-23 11:00"))),
            dossier(suppressed={FIRST: "asked"}),
            dossier(*(attempt(at(f"2026-11-23 09:{m}"), O.BUSY) for m in (10, 20, 30))),
        )
    )
    assert (found.leads, found.dialable) == (8, 1)
    assert [(step.rule, step.leads) for step in found.excluded] == [
        (Rule.LEAD_OPEN, 3),
        (Rule.NOT_SUPPRESSED, 1),
        (Rule.DUE, 2),
        (Rule.NUMBER_PER_24H, 1),
    ]
    assert found.leads == found.dialable + sum(step.leads for step in found.excluded)
    assert found.excluded[0].groups == {"the lead is CLOSED (disposition)": 2, "the lead is CLOSED (declined)": 1}
    assert local(found.excluded[2].clears_at) == "2026-11-23 11:00"
    assert local(found.clears_at) == "2026-11-23 11:00"
    assert found.sentence() == (
        "8 leads, of which excluded: 3 closed already, 1 on the do-not-call list, 2 not due yet, "
        "1 number called often enough in 24 hours; 1 may be dialled now"
    )


def test_a_list_without_obstacles_says_so() -> None:
    assert funnel([judge(dossier())]).sentence() == "1 leads, all of which may be dialled now"
    assert funnel([]).leads == 0


def test_many_different_groups_do_not_grow_without_end() -> None:
    count = FunnelCount()
    for index in range(500):
        count.add(judge(dossier(of=lead(time_zone=f"Nowhere/{index}"))))
    (step,) = count.result().excluded
    assert step.leads == 500
    assert len(step.groups) <= 51
    assert sum(step.groups.values()) == 500


def test_every_rule_has_words_for_people() -> None:
    assert set(WORDS) == set(Rule)
