def stats() -> None:
    pass
