"""Whom to call, when and how fast: pure rules, values in and values out, no I/O and no clock reads."""
