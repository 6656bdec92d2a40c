"""How far a customer has come: the stages of the sales funnel (漏斗)."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    LEAD = "LEAD"  # 线索客户: not looked at yet
    VALID = "VALID"  # 有效客户: the right person was found, contact details are complete
    APPOINTMENT = "APPOINTMENT"  # 预约客户: a visit or event is booked
    OPPORTUNITY = "OPPORTUNITY"  # 商机客户: confirmed by sales
    DEAL = "DEAL"  # 成交
    LOST = "LOST"  # 战败: given up with a reason, approved by a supervisor
