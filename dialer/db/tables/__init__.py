"""The tables. What they promise by themselves (unique, partial unique, check) no code has to promise.

One module a noun beside `core`; every table is known here, so that `metadata` is the whole schema.
"""

from dialer.db.tables.callbacks import callbacks
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
)
from dialer.db.tables.groups import agent_groups, agent_skills, group_members, qualifications
from dialer.db.tables.inbound import inbound_calls
from dialer.db.tables.lists import import_changes, import_rows, list_mappings
from dialer.db.tables.pacing import pacing_decisions, pacing_learned
from dialer.db.tables.pilots import pilots
from dialer.db.tables.places import campaign_places
from dialer.db.tables.plans import campaign_idle, campaign_states, requirement_steps, requirement_versions, requirements
from dialer.db.tables.scripts import script_answers, script_steps, script_ticks, script_versions
from dialer.db.tables.stages import handovers, losses, stage_moves
from dialer.db.tables.suppression import register_numbers, registers, suppressions
from dialer.db.tables.web_leads import web_leads

__all__ = [
    "Json",
    "RowId",
    "agent_groups",
    "agent_skills",
    "agent_states",
    "agents",
    "attempts",
    "callbacks",
    "campaign_idle",
    "campaign_places",
    "campaign_states",
    "campaign_versions",
    "campaigns",
    "feed",
    "group_members",
    "handovers",
    "import_changes",
    "import_rows",
    "imports",
    "inbound_calls",
    "journal",
    "lead_numbers",
    "leads",
    "list_mappings",
    "losses",
    "metadata",
    "pacing_decisions",
    "pacing_learned",
    "pilots",
    "qualifications",
    "recordings",
    "register_numbers",
    "registers",
    "requirement_steps",
    "requirement_versions",
    "requirements",
    "script_answers",
    "script_steps",
    "script_ticks",
    "script_versions",
    "stage_moves",
    "suppressions",
    "web_leads",
]
