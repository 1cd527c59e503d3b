"""On Colab: the bootstrap installs the course from GitHub, at the tag, and the notebooks run.

Neither is within reach: Colab's folder, its image's gaps and its secrets are made on this machine
(`platform_tree`), GitHub is a clone beside it, and the package index a folder of wheels.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue import WHOLE
from platform_tree import Platform, digest, make_image
from wheels import index

from course_lib.exercises import files
from course_lib.kit import platforms, publish

ROOT = Path(__file__).parent.parent
FOLDERS = ("notebooks", "exercise_files")
EVERY = [
    f"{folder}/{files.notebook('solutions', lesson).stem}"
    for folder in FOLDERS
    for lesson in files.lessons()
]
SOME = ["notebooks/04", "exercise_files/01", "exercise_files/06"]
NOTEBOOKS = [name for name in EVERY if WHOLE or name.startswith(tuple(SOME))]
USERDATA = """
class SecretNotFoundError(Exception): ...
def get(key):
    open("asked.txt", "a").write(f"{key}\\n")
    raise SecretNotFoundError(key)
"""


def git_hub(folder: Path) -> dict[str, str]:
    """A repository with this version's tag, and the variables that have git find it on GitHub."""
    clone = folder / platforms.address().rpartition("/")[2]
    ignored = shutil.ignore_patterns("__pycache__", "lightning_logs", "wandb", "*.ckpt")
    for name in ("course_lib", "solutions"):
        shutil.copytree(ROOT / name, clone / name, ignore=ignored)
    (clone / "notebooks").mkdir()
    for path in (ROOT / "notebooks").glob("*.ipynb"):  # beside them lie the runs of other tests
        shutil.copy(path, clone / "notebooks")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone)
    author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (
        ["init", "--quiet"],
        ["add", "--all"],
        [*author, "commit", "--quiet", "--message", "The course"],
        ["tag", platforms.tag()],
        [*author, "commit", "--quiet", "--allow-empty", "--message", "Later"],
    ):
        subprocess.run(["git", *command], cwd=clone, check=True)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{folder.as_uri()}/.insteadOf",
        "GIT_CONFIG_VALUE_0": platforms.address().rpartition("/")[0] + "/",
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("colab")


@pytest.fixture(scope="module")
def colab(place: Path) -> Iterator[Platform]:
    for name in NOTEBOOKS:
        opened = place / "opened" / f"{name}.ipynb"
        opened.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / f"{name}.ipynb", opened)
    (place / "content").mkdir()
    python = make_image(place / "image", publish.LACKING, {"google/colab/userdata.py": USERDATA})
    environment = {
        "COLAB_RELEASE_TAG": "release-colab-external-images",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say yes
        **index(place / "index", publish.LACKING),
        **git_hub(place / "github"),
    }
    mounts = {"/content": place / "content", "/opened": place / "opened"}
    with Platform(place / "tree", python, mounts, "/content", environment) as platform:
        yield platform


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_on_colab(colab: Platform, name: str) -> None:
    ran = colab.run(f"/opened/{name}.ipynb")
    assert ran.digest == digest(ROOT / f"{name}.ipynb")
    if name.startswith("exercise"):
        assert ran.text.count("not attempted") >= len(files.titles(int(Path(name).name[:2])))


def test_course_came_from_its_tag_and_torch_stayed(colab: Platform, place: Path) -> None:
    colab.run(f"/opened/{NOTEBOOKS[0]}.ipynb")
    for name in ("course_lib", "pytorch_lightning"):
        assert not colab.package(name).is_symlink()
    for name in ("torch", "torchvision", "numpy", "pandas"):
        assert colab.package(name).is_symlink()
    clone = place / "github" / platforms.address().rpartition("/")[2]
    tagged = ["git", "rev-list", "-n1", platforms.tag()]
    commit = subprocess.run(tagged, cwd=clone, capture_output=True, text=True).stdout.strip()
    (origin,) = colab.package("course_lib").parent.glob("lightning_course_kit-*/direct_url.json")
    told = json.loads(origin.read_text())
    assert told["url"] == platforms.address()
    assert told["vcs_info"]["commit_id"] == commit


def test_secrets_of_colab_are_asked_for_the_key(colab: Platform, place: Path) -> None:
    colab.run("/opened/notebooks/04_wandb_logger.ipynb")
    assert "WANDB_API_KEY" in (place / "content" / "asked.txt").read_text()


def test_a_library_that_wants_another_torch_does_not_get_it(colab: Platform) -> None:
    """What the bootstrap names stays; pip says that it does not fit, and installs nothing."""
    (command,) = re.findall(r"%(pip install .*)", platforms.bootstrap())
    kept = re.sub(r'\{version\("(\w+)"\)\}', r"{version('\1')}", command.rpartition(" ")[0])
    code = "import subprocess, sys; from importlib.metadata import version; "
    code += f'command = f"{kept}".split() + ["torch!=" + version("torch")]; '
    code += "sys.exit(subprocess.run([sys.executable, '-m', *command]).returncode)"
    assert "conflict" in colab.evaluate(code)[1]
