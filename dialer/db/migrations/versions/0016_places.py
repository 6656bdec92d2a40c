"""In which countries and time zones a campaign's leads are; indexes for the funnel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CLOSED = sa.text("state IN ('CLOSED', 'DO_NOT_CALL')")
REMINDER = sa.text("state = 'OPEN' AND due_kind = 'REMINDER'")


def upgrade() -> None:
    op.create_table(
        "campaign_places",
        sa.Column("campaign_id", ROW_ID, nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "country", "time_zone", name="pk_campaign_places"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.campaign_id"], name="fk_campaign_places_campaign_id"),
    )
    op.execute(
        "INSERT INTO campaign_places (campaign_id, country, time_zone) "
        "SELECT DISTINCT campaign_id, country, time_zone FROM leads"
    )
    op.create_index(
        "ix_leads_closed", "leads", ["campaign_id", "state", "closed_reason"],
        sqlite_where=CLOSED, postgresql_where=CLOSED,
    )  # fmt: skip
    op.create_index(
        "ix_leads_reminder", "leads", ["campaign_id", "lead_id"], sqlite_where=REMINDER, postgresql_where=REMINDER
    )


def downgrade() -> None:
    op.drop_index("ix_leads_reminder", "leads")
    op.drop_index("ix_leads_closed", "leads")
    op.drop_table("campaign_places")
