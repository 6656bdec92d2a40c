"""The demonstration: a simulated carrier, simulated agents, a sample list, and everything between them real."""
