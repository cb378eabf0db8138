"""The repository keeps its own promises: small documented files, pinned locks, nothing private."""

import ast
import fnmatch
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import margind

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "margind"
LOCKS = [ROOT / "requirements" / "run.lock", ROOT / "requirements" / "dev.lock"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LONGEST_FILE = 400

# Put together here, so that this file does not name what it looks for.
PRIVATE = re.compile(
    "|".join(
        [
            rf"(?<![\w.])/{'work'}/",
            rf"(?<![\w.])/{'root'}/",
            rf"(?<![\w/])(?:\.\./)?{'shared'}/",
            r"pypi[.]org",
            r"pythonhosted[.]org",
            r"registry[.]npmjs",
        ],
    ),
)
SILENCERS = {"skip", "skipif", "skipTest", "skipUnless", "importorskip", "xfail"}
REQUIREMENT = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)(?: ; [^#]+?)?(?: --hash=sha256:[0-9a-f]{64})+"
)


def repository_files(root: Path) -> Iterator[Path]:
    """Every file that is not left out by .gitignore, with git or without."""
    ignored = [".git", *(line.rstrip("/") for line in (root / ".gitignore").read_text().split())]
    for path in sorted(root.iterdir()):
        yield from _below(path, ignored)


def _below(path: Path, ignored: list[str]) -> Iterator[Path]:
    if any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored):
        return
    if path.is_dir():
        for child in sorted(path.iterdir()):
            yield from _below(child, ignored)
    else:
        yield path


def private_words(root: Path) -> list[str]:
    """Lines of text files that name this or that machine, or where packages come from."""
    faults = []
    for path in repository_files(root):
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for match in PRIVATE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            faults.append(f"{path.relative_to(root)}:{line} names {match.group()}")
    return faults


def long_files(package: Path) -> list[str]:
    """Source files that look for the noun that wants out."""
    lengths = {path: len(path.read_text().splitlines()) for path in package.rglob("*.py")}
    return [f"{path}: {length} lines" for path, length in lengths.items() if length > LONGEST_FILE]


def undocumented_modules(package: Path) -> list[str]:
    """Modules that do not say what lives in them."""
    return [str(path) for path in package.rglob("*.py") if not ast.get_docstring(ast.parse(path.read_text()))]


def catch_alls(package: Path) -> list[str]:
    """Files whose name says only that something was left over."""
    return [str(path) for path in package.rglob("*.py") if path.stem in {"util", "utils", "misc", "helpers"}]


def unlisted_assumptions(root: Path) -> list[str]:
    """Source files with an `Assumed:` that the page on fidelity does not name."""
    page = root / "docs" / "fidelity.md"
    listed = page.read_text() if page.exists() else ""
    names = (path.relative_to(root).as_posix() for path in files_that_assume(root))
    return [name for name in names if name not in listed]


def files_that_assume(root: Path) -> list[Path]:
    paths = sorted((root / "src").rglob("*"))
    return [path for path in paths if path.suffix in {".py", ".sql"} and "Assumed:" in path.read_text()]


def silent_tests(tests: Path) -> list[str]:
    """Tests that can pass without having looked: skipped ones, and those expected to fail."""
    faults = []
    for path in sorted(tests.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Attribute(attr=word) | ast.Name(id=word) if word in SILENCERS:
                    faults.append(f"{path.name}:{node.lineno} {word}")
    return faults


def requirements(lock: str) -> list[str]:
    """The requirements of a lock, one line each, without its comments."""
    lines = [line for line in lock.splitlines() if not line.strip().startswith("#")]
    return [
        line.strip() for line in re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines() if line.strip()
    ]


def lock_faults(lock: str) -> list[str]:
    """Lines of a lock that are not one pinned version with its hashes, and addresses anywhere in it."""
    faults = [line for line in requirements(lock) if not REQUIREMENT.fullmatch(line)]
    return faults + re.findall(r"\S*(?:://|--index|--extra-index|--find-links)\S*", lock)


def pins(lock: str) -> dict[str, str]:
    """Versions by package name."""
    matches = (REQUIREMENT.fullmatch(line) for line in requirements(lock))
    return {match["name"]: match["version"] for match in matches if match}


def test_no_file_names_a_private_place() -> None:
    assert private_words(ROOT) == []


def test_no_source_file_is_longer_than_400_lines() -> None:
    assert long_files(PACKAGE) == []


def test_every_module_says_what_lives_in_it() -> None:
    assert undocumented_modules(PACKAGE) == []


def test_no_module_is_a_catch_all() -> None:
    assert catch_alls(PACKAGE) == []


def test_every_assumption_is_listed_under_fidelity() -> None:
    assert unlisted_assumptions(ROOT) == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    assert silent_tests(ROOT / "tests") == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_with_hashes_and_names_no_index(lock: Path) -> None:
    assert lock_faults(lock.read_text()) == []


def test_the_locks_pin_every_dependency_and_agree() -> None:
    run, dev = (pins(lock.read_text()) for lock in LOCKS)
    direct = {re.split(r"[^a-z0-9-]", line)[0] for line in PROJECT["dependencies"]}
    assert direct <= run.keys()
    assert run.items() <= dev.items()


def test_the_package_has_the_version_of_the_project() -> None:
    assert PROJECT["version"] == margind.__version__


def test_the_changelog_has_a_place_for_what_is_not_released() -> None:
    assert re.search(r"^## \[?Unreleased\]?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_no_test_asks_for_a_group_of_tests_that_make_test_does_not_keep_together() -> None:
    mark = "xdist_" + "group"
    asking = [path.name for path in (ROOT / "tests").rglob("*.py") if mark in path.read_text()]
    assert "--dist loadfile " in (ROOT / "Makefile").read_text()
    assert asking == []


def test_help_tells_of_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE) == phony.split()


def test_the_wheel_carries_every_file_of_the_package(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("margind/")}
    paths = (path for path in repository_files(ROOT) if path.is_relative_to(PACKAGE))
    assert carried == {path.relative_to(PACKAGE.parent).as_posix() for path in paths}


@pytest.mark.parametrize(
    "line",
    [
        "see /" + "work/notes.md",
        "open('../shared" + "/reference/general.yaml')",
        "https://" + "pypi" + ".org/simple",
    ],
)
def test_a_private_word_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "log.txt").write_text(line)
    (tmp_path / "page.md").write_text(f"# Page\n{line}\n")
    (fault,) = private_words(tmp_path)
    assert fault.startswith("page.md:2 ")


@pytest.mark.parametrize(
    ("find_faults", "name", "text"),
    [
        (long_files, "report.py", "x = 1\n" * 401),
        (undocumented_modules, "report.py", "# a comment is no docstring\n"),
        (catch_alls, "utils.py", '"""What was left over."""\n'),
        (silent_tests, "test_x.py", "import pytest\n@pytest.mark." + "skip\ndef test_x(): ...\n"),
    ],
)
def test_a_broken_promise_of_a_file_is_found(
    tmp_path: Path,
    find_faults: Callable[[Path], list[str]],
    name: str,
    text: str,
) -> None:
    (tmp_path / name).write_text(text)
    assert len(find_faults(tmp_path)) == 1


def test_an_unlisted_assumption_is_found(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "pools.py").write_text("# Assumed: bids round down; a capture would settle it.\n")
    assert unlisted_assumptions(tmp_path) == ["src/pools.py"]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "fidelity.md").write_text("Rounding of bids: `src/pools.py`.\n")
    assert unlisted_assumptions(tmp_path) == []


@pytest.mark.parametrize(
    "lock",
    [
        "click==8.1.8\n",
        "click>=8.1.8 \\\n    --hash=sha256:" + "0" * 64,
        "--index-url https://example.org/simple\n",
        "click==8.1.8 \\\n    --hash=sha256:" + "0" * 64 + "\n    # from https://example.org/simple\n",
    ],
)
def test_a_loose_or_addressed_lock_is_found(lock: str) -> None:
    assert lock_faults(lock)
