"""The whole database of a site: the engine's `Store`, and beside it what planners and supervisors keep."""

from __future__ import annotations

from typing import Protocol

from dialer.ports import Store
from dialer.ports.plans import Plans
from dialer.ports.requirements import Requirements
from dialer.ports.suppression import SuppressionLists


class Archive(Store, Protocol):
    """One attribute a noun, each a port of its own (`dialer.ports.<noun>`); the engine never needs them."""

    plans: Plans
    requirements: Requirements
    suppressions: SuppressionLists
