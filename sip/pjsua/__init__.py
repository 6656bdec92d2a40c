"""The only importers of pjsua2; everything here runs on the SIP thread of a `Station`."""
