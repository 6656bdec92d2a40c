"""The house without its walls: the engine's ports on virtual time, for rehearsals and for the tests.

The same contract suite runs on these and on the real ones.
"""
