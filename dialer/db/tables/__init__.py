"""The tables. What they promise by themselves (unique, partial unique, check) no code has to promise.

One module a noun beside `core`; every table is known here, so that `metadata` is the whole schema.
"""

from dialer.db.tables.core import (
    Json,
    RowId,
    agent_states,
    agents,
    attempts,
    campaign_versions,
    campaigns,
    feed,
    imports,
    journal,
    lead_numbers,
    leads,
    metadata,
    recordings,
    suppressions,
)

__all__ = [
    "Json",
    "RowId",
    "agent_states",
    "agents",
    "attempts",
    "campaign_versions",
    "campaigns",
    "feed",
    "imports",
    "journal",
    "lead_numbers",
    "leads",
    "metadata",
    "recordings",
    "suppressions",
]
