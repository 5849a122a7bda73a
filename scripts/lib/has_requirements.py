"""Exit status 0 where this Python has every package of a requirements file, in a version that it allows."""

import sys
from importlib import metadata
from pathlib import Path


def release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def satisfied(requirement: str) -> bool:
    name, *bounds = requirement.replace(">=", " >=").replace("<", " <").replace(",", " ").split()
    try:
        have = release(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False
    for bound in bounds:
        wanted = release(bound.lstrip("<>="))
        if bound.startswith(">=") and have < wanted or bound.startswith("<") and have >= wanted:
            return False
    return True


lines = [line.split("#")[0].strip() for line in Path(sys.argv[1]).read_text().splitlines()]
sys.exit(not all(satisfied(line) for line in lines if line))
