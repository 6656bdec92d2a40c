"""Other people's SIP: baresip as an agent's phone, SIPp for scenarios of single messages."""
