"""The labelled set of answering parties, and the detector measured on it."""
