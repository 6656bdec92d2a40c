def import_list() -> None:
    pass
