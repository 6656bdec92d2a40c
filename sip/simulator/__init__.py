"""A carrier and agents' phones made of the same line workers: for the demo, training, rehearsal and tests."""
