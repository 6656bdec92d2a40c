"""How a leg is placed, heard, joined and recorded; only `sip.pjsua` touches pjsua2."""
