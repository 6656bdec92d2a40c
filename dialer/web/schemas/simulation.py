"""Simulations as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, computed_field

FIGURES: Final[dict[str, tuple[str, str]]] = {
    "attempts": ("attempts", "外呼次数"),
    "conversations": ("conversations", "通话数"),
    "contacts": ("contacts", "有效接通"),
    "successes": ("successes", "成功数"),
    "abandoned": ("abandoned", "呼损数"),
    "leads_open": ("leads still open", "未完成名单"),
    "agents_wait_mean_s": ("agents wait, mean", "坐席平均等待"),
    "agents_wait_p95_s": ("agents wait, 95 %", "坐席等待 95 分位"),
    "customers_wait_mean_s": ("customers wait, mean", "客户平均等待"),
    "customers_wait_most_s": ("customers wait, most", "客户最长等待"),
    "lines_peak": ("lines, peak", "线路峰值"),
    "lines_p95": ("lines, 95 % of the time", "线路 95 分位"),
    "calls_per_second": ("most calls in a second", "每秒最多呼叫"),
    "utilisation": ("utilisation", "利用率"),
    "abandonment": ("abandoned, of answered by a person", "呼损率"),
    "worst_day_abandonment": ("worst day", "最差单日呼损率"),
    "runs_dry_at": ("list runs dry", "名单用尽时间"),
    "deadline": ("deadline holds", "能否按期完成"),
    "held_by": ("policy pack under which it dials progressively", "不允许呼损、因而按渐进式外呼的策略包"),
}
STATES: Final[dict[str, tuple[str, str]]] = {
    "WAITING": ("waiting for its turn", "排队中"),
    "RUNNING": ("running", "运行中"),
    "DONE": ("done", "已完成"),
    "CANCELLED": ("cancelled", "已取消"),
    "FAILED": ("failed", "失败"),
}


class NewSimulation(BaseModel):
    """`scenario` as in a scenario file; or `campaign` with `on`, or with `replay`. See docs/twin.md."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=120)
    scenario: dict[str, Any] | None = None
    campaign: str = ""
    on: date | None = None
    replay: date | None = None
    fit: str = ""
    policies: list[str] = Field(default_factory=list, max_length=10)
    what_if: list[str] = Field(default_factory=list, max_length=20)
    changes: list[str] = Field(default_factory=list, max_length=50)
    days: int | None = Field(default=None, ge=1, le=60)
    seed: int | None = Field(default=None, ge=0)
    seeds: int = Field(default=1, ge=1, le=100)


class SimulationItem(BaseModel):
    """`share` 0..1 of the whole."""

    simulation_id: str
    name: str
    state: str
    share: float
    attempts: int
    asked_at: datetime
    ended_at: datetime | None
    error: str

    @computed_field  # type: ignore[prop-decorator]
    @property
    def words(self) -> str:
        return STATES[self.state][0]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def words_zh(self) -> str:
        return STATES[self.state][1]


class SimulationOut(SimulationItem):
    """`variants`: one summary each, with every run. `labels`: the figures in English and Chinese."""

    asked: dict[str, Any]
    variants: list[dict[str, Any]]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def labels(self) -> dict[str, dict[str, str]]:
        return {name: {"en": en, "zh": zh} for name, (en, zh) in FIGURES.items()}
