"""Lists at the command line: mappings kept by name, who shares what, how good a source was."""

from __future__ import annotations

from tests.integration.cli.conftest import Terminal

FAIR = "来源,谁,联络\n展会,王,13800000101\n展会,李,12\n网站,张,13800000102\n"


def test_a_mapping_is_kept_by_name_and_used_for_a_list(planned: Terminal) -> None:
    assert "no mappings yet" in planned.says("mapping", "list")
    planned.says("mapping", "save", "展会", "--map", "number=联络", "--map", "name=谁")
    assert planned.json("mapping", "show", "展会")["mapping"] == ["number=联络", "name=谁"]
    report = planned.json("import", "spring", planned.write("fair.csv", FAIR), "--mapping", "展会")
    assert (report["new"], report["refused"], report["columns"]["联络"]) == (2, 1, "number")
    planned.says("mapping", "delete", "展会")
    assert "no mapping '展会'" in planned.refuses("mapping", "show", "展会")


def test_the_imports_of_a_campaign_show_how_good_each_source_was(planned: Terminal) -> None:
    path = planned.write("fair.csv", FAIR)
    words = planned.says("import", "spring", path, "--map", "number=联络", "--map", "name=谁")
    assert "data qualified rate" in words
    shown = planned.says("imports", "spring")
    assert "66.7%" in shown
    assert "50.0%" in shown
    last = planned.json("imports", "spring")[-1]
    assert [(source["source"], source["data_qualified_rate"]) for source in last["by_source"]] == [
        ("展会", 0.5),
        ("网站", 1.0),
    ]


def test_leads_are_shared_out_at_the_import_or_later_and_a_rule_is_checked_by_name(planned: Terminal) -> None:
    for agent in ("li", "wang"):
        planned.says("agent", "add", agent, "--phone", f"sip:{agent}@127.0.0.1")
    later = planned.json("leads", "allocate", "spring", "--rule", "evenly:li,wang")
    assert (later["allocated"], later["owned"]) == ({"li": 1, "wang": 1}, 0)
    path = planned.write("fair.csv", FAIR)
    options = ("--map", "number=联络", "--map", "name=谁")
    refused = planned.refuses("import", "spring", path, *options, "--allocate", "evenly:li,zhao")
    assert "there is no agent zhao; known:" in refused
    assert planned.json("import", "spring", path, *options, "--allocate", "round_robin:wang")["allocated"] == {
        "wang": 2
    }


def test_a_refresh_says_what_is_new_and_what_is_not(planned: Terminal) -> None:
    path, columns = planned.write("fair.csv", FAIR), ("--map", "number=联络", "--map", "name=谁")
    planned.says("import", "spring", path, *columns)
    planned.write("fair.csv", FAIR.replace("王", "王伟"))
    report = planned.json("import", "spring", path, *columns, "--refresh")
    assert (report["new"], report["updated"], report["unchanged"], report["missing"]) == (0, 1, 1, 2)
    assert "1 as they were before" in planned.says("import", "spring", "--undo", str(report["id"]))
    assert "choose one" in planned.refuses("import", "spring", path, "--append", "--refresh")
    assert "days:N" in planned.refuses("import", "spring", path, "--duplicates", "days")
