"""The Asterisk bed as the tests use it: its chroot, its instances and its call detail records."""
