from __future__ import annotations

from pydantic import BaseModel, Field

from campaigns.messages import Use


class MessageView(BaseModel):
    """What a customer of that language hears."""

    use: Use
    language: str
    origin: str = Field(description='"campaign" (its own sound), "file" (safe_harbour_file) or "built-in"')
    duration_s: float
    longest_s: float = Field(description="an own sound may last so long")
    converted: bool = Field(default=False, description="brought in another form, kept as 8 kHz mono 16 bit")
