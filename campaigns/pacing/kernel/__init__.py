"""The rules of predictive pacing, compiled: the same code decides in the engine and in the fast world."""
