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
from dialer.db.tables.plans import campaign_states, requirement_steps, requirement_versions, requirements

__all__ = [
    "Json",
    "RowId",
    "agent_states",
    "agents",
    "attempts",
    "campaign_states",
    "campaign_versions",
    "campaigns",
    "feed",
    "imports",
    "journal",
    "lead_numbers",
    "leads",
    "metadata",
    "recordings",
    "requirement_steps",
    "requirement_versions",
    "requirements",
    "suppressions",
]
