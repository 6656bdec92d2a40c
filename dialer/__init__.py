"""The Goldenhour application: engine, store, web, MQTT feed and command line around the three trades."""

__version__ = "0.1.0"
