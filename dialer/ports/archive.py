"""The whole database of a site: the engine's `Store`, and beside it what planners and supervisors keep."""

from __future__ import annotations

from typing import Protocol

from dialer.ports import Store
from dialer.ports.groups import Groups
from dialer.ports.imports import Lists
from dialer.ports.pilots import Pilots
from dialer.ports.plans import Plans
from dialer.ports.requirements import Requirements
from dialer.ports.scripts import Scripts
from dialer.ports.stages import Stages
from dialer.ports.suppression import SuppressionLists
from dialer.ports.web_leads import WebLeads


class Archive(Store, Protocol):
    """One attribute a noun, each a port of its own (`dialer.ports.<noun>`); the engine never needs them."""

    lists: Lists
    groups: Groups
    pilots: Pilots
    plans: Plans
    requirements: Requirements
    scripts: Scripts
    stages: Stages
    suppressions: SuppressionLists
    web_leads: WebLeads
