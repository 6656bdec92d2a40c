"""Built-in sounds: what a customer hears whom nobody is free for, in English and Chinese, and the beep."""
