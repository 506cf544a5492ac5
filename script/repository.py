"""What must be true of the repository itself: locked versions, no registry's address, no machine's path."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Written in pieces, so that this file does not hold what it looks for.
FORBIDDEN = re.compile(
    "|".join(
        [
            r"files\.python" + r"hosted\.org",
            r"pypi\.org/" + "simple",
            r"registry\.npm" + r"js\.org",
            r"deb\.debian" + r"\.org",
            "/ro" + "ot/",
            "/wo" + "rk/",
            "FIX" + "ME",
            "pragma: no " + "cover",
        ]
    )
)


def tracked() -> list[Path]:
    """The files of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def named(file: str) -> set[str]:
    """The packages that a .in file names."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    names = (re.match(r"([A-Za-z0-9][\w.-]*)", line) for line in lines)
    return {found[1].lower().replace("_", "-") for found in names if found}


def problems() -> list[str]:
    """What is wrong, a line each."""
    found = []
    for path in tracked():
        if not path.is_file() or path.suffix in {".woff2", ".png"}:
            continue
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        ):
            if FORBIDDEN.search(line):
                found.append(
                    f"{path.relative_to(ROOT)}:{number}: an address, a path of a machine or a marker"
                )
    for name in ("requirements", "requirements-dev"):
        lock = (ROOT / f"{name}.txt").read_text(encoding="utf-8").lower()
        pinned = {match[1] for match in re.finditer(r"^([a-z0-9][\w.-]*)==", lock, re.MULTILINE)}
        missing = named(f"{name}.in") - pinned
        found += [f"{name}.txt does not lock {each}" for each in sorted(missing)]
        unhashed = len(re.findall(r"^[a-z0-9][\w.-]*==", lock, re.MULTILINE)) > lock.count("--hash=sha256:")
        found += [f"{name}.txt has versions without hashes"] if unhashed else []
    if '"resolved"' in (ROOT / "package-lock.json").read_text(encoding="utf-8"):
        found.append("package-lock.json holds addresses: npm install --omit-lockfile-registry-resolved")
    return found


if __name__ == "__main__":
    wrong = problems()
    print("\n".join(wrong) or "The repository is in order.")
    sys.exit(1 if wrong else 0)
