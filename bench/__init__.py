"""Figures, measured and printed, never asserted: `make bench` or `make bench FIGURE=name`."""
