"""Sums up a folder of test results: JUnit files of ctest and pytest, the exit codes they left, and checks.tsv.

Fails where something failed, and where something that was to run did not: only a test that itself said so is skipped.
"""

import collections
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

Case = collections.namedtuple("Case", "part name outcome reason")


def skip_reason(case: ElementTree.Element) -> str | None:
    """Why a test skipped itself: pytest puts it in the message, GoogleTest on the line after its place in the source.

    None where it did not: ctest writes the same element for a program that it could not find or start.
    """
    skipped = case.find("skipped")
    message = (skipped.get("message") or "").strip() if skipped is not None else ""
    if case.get("status") is None:  # pytest has none
        return message if skipped is not None else None
    if not message.startswith("SKIP_"):
        return None
    after_place = re.search(r"^.*:\d+: Skipped\n(.*?)$", case.findtext("system-out") or "", re.MULTILINE)
    return after_place.group(1).strip() if after_place else message


def outcome_of(case: ElementTree.Element) -> tuple[str, str]:
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return "failed", ""
    reason = skip_reason(case)
    if reason is not None:
        return "skipped", reason
    if case.get("status") in (None, "run"):
        return "passed", ""
    skipped = case.find("skipped")
    return "failed", "did not run: " + (case.get("status") if skipped is None else skipped.get("message") or "")


def read_junit(path: Path) -> list[Case]:
    cases = []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        in_python = case.get("status") is None
        name = ".".join(filter(None, (case.get("classname"), case.get("name")))) if in_python else case.get("name")
        cases.append(Case(path.stem, name, *outcome_of(case)))
    return cases


def read_run(path: Path) -> list[Case]:
    """The results of one run of ctest or pytest, beside which its exit code lies as NAME.exit."""
    results = path.with_suffix(".xml")
    if not results.exists():
        return [Case(path.stem, "the run", "failed", "left no results")]
    cases = read_junit(results)
    code = int(path.read_text())
    if not cases:
        cases.append(Case(path.stem, "the run", "failed", "found no tests"))
    elif code != 0 and not any(case.outcome == "failed" for case in cases):
        cases.append(Case(path.stem, "the run", "failed", f"exit code {code}, though no test failed"))
    return cases


def read_checks(path: Path) -> list[Case]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [Case("checks", *line.split("\t"), "") for line in lines]


def counts(cases: list[Case]) -> str:
    of = collections.Counter(case.outcome for case in cases)
    return f"{of['passed']} passed, {of['failed']} failed, {of['skipped']} skipped"


def main() -> int:
    folder = Path(sys.argv[1])
    cases = [case for path in sorted(folder.glob("*.exit")) for case in read_run(path)]
    cases += read_checks(folder / "checks.tsv")

    reasons = collections.Counter((case.part, case.reason) for case in cases if case.outcome == "skipped")
    for (part, reason), count in sorted(reasons.items()):
        print(f"  {part}: {count} skipped: {reason}")
    for case in cases:
        if case.outcome == "failed":
            print(f"  {case.part}: FAILED {case.name}" + (f" ({case.reason})" if case.reason else ""))
    for part in dict.fromkeys(case.part for case in cases):
        print(f"  {part:11} {counts([case for case in cases if case.part == part])}")
    print(counts(cases))
    nothing_ran = not any(case.outcome == "passed" for case in cases)
    return 1 if nothing_ran or any(case.outcome == "failed" for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
