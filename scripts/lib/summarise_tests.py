"""Sums up a folder of test results: JUnit files of ctest and pytest, and checks.tsv. Fails where something failed."""

import collections
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

Case = collections.namedtuple("Case", "part name outcome reason")


def skip_reason(case: ElementTree.Element) -> str:
    """Why a test was skipped: pytest puts it in the message, GoogleTest on the line after its place in the source."""
    output = case.findtext("system-out") or ""
    after_place = re.search(r"^.*:\d+: Skipped\n(.*?)$", output, re.MULTILINE)
    if after_place:
        return after_place.group(1).strip()
    skipped = case.find("skipped")
    return (skipped.get("message") or "").strip() if skipped is not None else "not run"


def read_junit(path: Path) -> list[Case]:
    cases = []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
        if path.stem != "pytest":
            name = case.get("name")
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            cases.append(Case(path.stem, name, "failed", ""))
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            cases.append(Case(path.stem, name, "skipped", skip_reason(case)))
        else:
            cases.append(Case(path.stem, name, "passed", ""))
    return cases


def read_checks(path: Path) -> list[Case]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [Case("checks", *line.split("\t"), "") for line in lines]


def counts(cases: list[Case]) -> str:
    of = collections.Counter(case.outcome for case in cases)
    return f"{of['passed']} passed, {of['failed']} failed, {of['skipped']} skipped"


def main() -> int:
    folder = Path(sys.argv[1])
    cases = [case for path in sorted(folder.glob("*.xml")) for case in read_junit(path)]
    cases += read_checks(folder / "checks.tsv")

    reasons = collections.Counter((case.part, case.reason) for case in cases if case.outcome == "skipped")
    for (part, reason), count in sorted(reasons.items()):
        print(f"  {part}: {count} skipped: {reason}")
    for case in cases:
        if case.outcome == "failed":
            print(f"  {case.part}: FAILED {case.name}")
    for part in dict.fromkeys(case.part for case in cases):
        print(f"  {part:8} {counts([case for case in cases if case.part == part])}")
    print(counts(cases))
    nothing_ran = not any(case.outcome == "passed" for case in cases)
    return 1 if nothing_ran or any(case.outcome == "failed" for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
