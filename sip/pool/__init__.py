"""The engine's side of the line workers: starts, watches and picks them."""

from sip.pool.pool import LinePool
from sip.pool.settings import PoolSettings

__all__ = ["LinePool", "PoolSettings"]
