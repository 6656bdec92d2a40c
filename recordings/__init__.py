"""Where the sound is, what is in it and how long it may stay."""
