"""`goldenhour` and `python -m dialer`."""

from __future__ import annotations


def main() -> None:
    from dialer.cli.app import app

    app()


if __name__ == "__main__":
    main()
