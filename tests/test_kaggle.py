"""`course publish kaggle`: what it writes, what it sends, and that the notebooks run there.

Kaggle itself is out of reach. Its folders, its image's gaps, its secrets and its missing network
are made on this machine (`platform_tree`), its server is a small one of our own (`kaggle_server`);
the client is Kaggle's real one.
"""

import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from kaggle_server import KaggleServer
from packaging.requirements import Requirement
from platform_tree import Platform, Ran, available, digest, make_image
from wheels import index

from course_lib.data import load_images
from course_lib.exercises import files
from course_lib.kit import cli, kaggle_client, platforms, publish

LESSONS = files.lessons()
read_constraints = publish._pinned
KERNELS = [f"{kind}_{lesson:02d}" for lesson in LESSONS for kind in ("lesson", "exercises")]
SECRETS = """
class BackendError(Exception): ...
class UserSecretsClient:
    def get_secret(self, label):
        open("asked.txt", "a").write(f"{label}\\n")
        raise BackendError(f"No user secrets exist for kernel id 1 and label {label}.")
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kaggle")


@pytest.fixture(scope="module", autouse=True)
def _versions_that_are_installed() -> Iterator[None]:
    """Those of constraints.txt, but for `make test-lowest`."""
    with pytest.MonkeyPatch.context() as patch:
        installed = {name: importlib.metadata.version(name) for name in publish.LACKING}
        patch.setattr(publish, "_pinned", lambda: installed)
        yield


@pytest.fixture(scope="module")
def published(place: Path) -> Path:
    """What `course publish kaggle` writes, with wheels from an index of our own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in index(place / "index", publish.LACKING).items():
            patch.setenv(name, value)
        return publish.kaggle(LESSONS, "a-student", target=place / "build" / "kaggle")


def source(kernel: str) -> Path:
    """The notebook of the repository that a kernel is."""
    kind, _, lesson = kernel.partition("_")
    folder = {"lesson": "notebooks", "exercises": "exercise_files"}[kind]
    return files.notebook(folder, int(lesson))


def uses_images(kernel: str) -> bool:
    """Whether the lesson of a kernel is on MNIST."""
    lesson = source(f"lesson_{kernel[-2:]}").read_text("utf-8")
    return "ImageDataModule" in lesson or "load_images" in lesson


def metadata(folder: Path) -> dict[str, object]:
    return json.loads((folder / kaggle_client.KERNEL).read_text("utf-8"))


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernel_is_the_notebook_of_the_repository_byte_for_byte(
    published: Path, kernel: str
) -> None:
    values = metadata(published / kernel)
    assert digest(published / kernel / str(values["code_file"])) == digest(source(kernel))
    assert {path.name for path in (published / kernel).iterdir()} == {
        kaggle_client.KERNEL,
        values["code_file"],
    }


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernel_is_private_offline_and_finds_its_inputs(published: Path, kernel: str) -> None:
    values = metadata(published / kernel)
    assert values["is_private"] is True
    assert values["enable_internet"] is False
    assert values["dataset_sources"] == ["a-student/lightning-course-kit"]
    assert bool(values["competition_sources"]) is uses_images(kernel)
    title = str(values["title"])
    assert len(title) <= 50
    assert values["id"] == f"a-student/{title.lower().replace(' ', '-')}"


def test_no_two_kernels_have_the_same_name(published: Path) -> None:
    assert len({metadata(published / kernel)["id"] for kernel in KERNELS}) == len(KERNELS)
    assert {path.name for path in published.iterdir()} == {*KERNELS, "dataset"}


def test_data_set_has_the_course_and_pure_python_alone(published: Path) -> None:
    wheels = {path.name for path in (published / "dataset").glob("*.whl")}
    assert all(name.endswith("-py3-none-any.whl") for name in wheels)
    assert len(wheels) == 1 + len(publish.LACKING)
    assert not any(name.startswith(("torch-", "torchvision-", "numpy-")) for name in wheels)
    (course,) = (published / "dataset").glob("lightning_course_kit-*.whl")
    inside = set(zipfile.ZipFile(course).namelist())
    assert "course_lib/_files/notebooks/01_plain_pytorch.ipynb" in inside
    assert not any("lightning_logs" in name or name.endswith((".ckpt", ".pt")) for name in inside)


# What the image is known to have kept older than others do (CONTRIBUTING, "Publish a version").
KAGGLE_KEEPS = {"ipykernel": "6.17.1", "nbclient": "0.5.13", "scikit-learn": "1.2.2"}


def test_what_the_image_keeps_is_not_replaced() -> None:
    project = tomllib.loads((files.root() / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {r.name: r.specifier for r in map(Requirement, project["dependencies"])}
    refused = {
        name: version
        for name, version in KAGGLE_KEEPS.items()
        if name in needed and version not in needed[name]
    }
    assert not refused


def test_versions_are_those_of_the_constraints() -> None:
    text = (files.root() / "constraints.txt").read_text("utf-8")
    for name, version in ((name, read_constraints()[name]) for name in publish.LACKING):
        pattern = rf"^{name.replace('-', '[-_]')}=={re.escape(version)}$"
        assert re.search(pattern, text, re.MULTILINE | re.IGNORECASE), name


def test_second_time_needs_no_network_and_leaves_only_what_was_asked_for(
    published: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    target = place / "again" / "kaggle"
    (target / "lesson_07").mkdir(parents=True)
    (target / "dataset").symlink_to(published / "dataset")
    folder = publish.kaggle([2], "a-student", public=True, target=target)
    assert {path.name for path in folder.iterdir()} == {"dataset", "lesson_02", "exercises_02"}
    assert metadata(folder / "lesson_02")["is_private"] is False
    assert [path.name for path in target.parent.iterdir()] == ["kaggle"]


def test_without_wheels_the_message_says_so_and_nothing_is_left_half_done(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    target = place / "none" / "kaggle"
    (target / "lesson_01").mkdir(parents=True)
    with pytest.raises(
        ValueError, match=r"jsonargparse==.*could not be downloaded|network"
    ) as told:
        publish.kaggle([1], "a-student", target=target)
    assert "jsonargparse==" in str(told.value)
    assert [path.name for path in target.parent.iterdir()] == ["kaggle"]
    assert (target / "lesson_01").is_dir()


@pytest.mark.parametrize("user", ["", "A Student", "a/b", "me@example.org", "-me", "Über"])
def test_what_is_no_user_name_is_said_before_anything_is_built(user: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no Kaggle user"):
        publish.kaggle([1], user, target=tmp_path / "kaggle")
    assert not any(tmp_path.iterdir())


def test_a_title_that_is_too_long_for_kaggle_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / f"01_{'very_' * 9}long.ipynb"
    monkeypatch.setattr(files, "notebook", lambda folder, lesson: long)
    monkeypatch.setattr(publish, "_write_dataset", lambda *args, **options: None)
    with pytest.raises(ValueError, match=r"characters; expected at most 50"):
        publish.kaggle([1], "a-student", target=tmp_path / "kaggle")


def test_client_itself_validates_what_is_written(published: Path, tmp_path: Path) -> None:
    """Its words come back, and it needs neither credentials nor Kaggle."""
    for wrong, message in [
        ({"language": "cobol"}, "valid language"),
        ({"dataset_sources": ["no-owner"]}, "username"),
        ({"title": "Another name altogether"}, "does not resolve"),
    ]:
        folder = tmp_path / message.replace(" ", "_")
        (folder / "dataset").mkdir(parents=True)
        (folder / "lesson_02").mkdir()
        name = "dataset/dataset-metadata.json"
        (folder / name).write_bytes((published / name).read_bytes())
        values = metadata(published / "lesson_02")
        (folder / "lesson_02" / str(values["code_file"])).write_text("{}")
        (folder / "lesson_02" / kaggle_client.KERNEL).write_text(json.dumps(values | wrong))
        with pytest.raises(ValueError, match=rf"client .* lesson_02: .*{message}"):
            kaggle_client.validate(folder)


@pytest.mark.parametrize("code", ["raise ModuleNotFoundError", "raise SystemExit(1)"])
def test_without_a_client_of_today_the_message_says_how_to_get_it(
    code: str, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kaggle.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"older than 2\.2\.4; `pip install"):
        kaggle_client.validate(published)


def test_what_the_client_refuses_is_not_published(
    published: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(publish, "_dataset_id", lambda user: f"{user}/kit")
    target = place / "refused" / "kaggle"
    target.mkdir(parents=True)
    (target / "dataset").symlink_to(published / "dataset")
    with pytest.raises(ValueError, match=r"client refuses dataset: .* between 6 and 50"):
        publish.kaggle([], "a-student", target=target)
    assert [path.name for path in target.iterdir()] == ["dataset"]


SEND = """
import sys
from pathlib import Path
import requests
from course_lib.kit import cli, kaggle_client, publish

def send(session, request, really=requests.Session.send, **options):
    request.url = request.url.replace("https://api.kaggle.com", sys.argv[2])
    return really(session, request, **options)

requests.Session.send = send
publish.check_address = lambda: None
publish.kaggle = lambda *arguments: Path(sys.argv[1])
sys.exit(cli.main(["publish", "kaggle", "--user", "a-student", "--push"]))
"""


def send(folder: Path, home: Path, address: str, **keys: str) -> subprocess.CompletedProcess[str]:
    """Push in a process of its own: the client keeps what it finds when it is imported."""
    return subprocess.run(
        [sys.executable, "-c", SEND, folder, address],
        env={"HOME": str(home), **keys},
        capture_output=True,
        text=True,
        timeout=120,
    )


KEY = "0123456789abcdef0123456789abcdef"


def test_push_sends_the_data_set_first_and_never_shows_the_key(
    published: Path, tmp_path: Path
) -> None:
    with KaggleServer() as server:
        for exists in (False, True):
            server.has_dataset, server.calls = exists, []
            done = send(
                published, tmp_path, server.address, KAGGLE_USERNAME="a-student", KAGGLE_KEY=KEY
            )
            assert done.returncode == 0, done.stderr
            names = [name for name, _ in server.calls]
            create = names.index("CreateDatasetVersion" if exists else "CreateDataset")
            assert names.count("upload") == len(list((published / "dataset").iterdir())) - 1
            assert max(i for i, name in enumerate(names) if name == "upload") < create
            sent = [body for name, body in server.calls if name == "SaveKernel"]
            assert names.index("SaveKernel") > create
            assert len(sent) == len(KERNELS)
            assert all(body["isPrivate"] for body in sent)
            assert KEY not in done.stdout + done.stderr
            assert done.stdout.count("https://www.kaggle.com/code/") == len(KERNELS)


def test_without_credentials_the_message_says_how_to_get_them(
    published: Path, tmp_path: Path
) -> None:
    done = send(published, tmp_path, "http://localhost:9")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "kaggle auth login" in line
    assert "KAGGLE_API_TOKEN" in line


def test_somebody_elses_credentials_are_not_used(published: Path, tmp_path: Path) -> None:
    done = send(published, tmp_path, "http://localhost:9", KAGGLE_USERNAME="b", KAGGLE_KEY=KEY)
    assert done.stderr.strip().endswith("You are signed in to Kaggle as 'b', not as 'a-student'.")


def test_nothing_is_sent_while_the_notebooks_name_a_placeholder(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platforms, "address", lambda: f"{platforms.PLACEHOLDER}course")
    monkeypatch.setattr(publish, "kaggle", lambda *args: pytest.fail("is built all the same"))
    assert cli.main(["publish", "kaggle", "--user", "me", "--push"]) == 2
    assert "[project.urls] Repository" in capsys.readouterr().err


# From here on: Kaggle's tree.

OUT_OF_REACH = {
    "open('/kaggle/input/new', 'w')": "Read-only file system",
    "import socket; socket.create_connection(('1.1.1.1', 443), 3)": "unreachable",
    "import course_lib": "No module named 'course_lib'",
    "import pytorch_lightning": "No module named 'pytorch_lightning'",
}
DATASET = "/kaggle/input/datasets/a-student/lightning-course-kit"


@pytest.fixture(scope="module")
def kaggle(published: Path, place: Path) -> Iterator[Platform]:
    competition = place / "input" / "competitions" / "digit-recognizer"
    competition.mkdir(parents=True)
    digits = load_images("digits")
    pixels = pd.DataFrame(digits.train_images.flatten(1).numpy()).add_prefix("pixel")
    pixels.insert(0, "label", digits.train_labels.numpy())
    pixels.to_csv(competition / "train.csv", index=False)
    (place / "working").mkdir()
    (place / "input" / Path(DATASET).relative_to("/kaggle/input")).mkdir(parents=True)
    mounts = {
        "/kaggle/input": place / "input",
        "/kaggle/working": place / "working",
        "/kaggle/kernels": published,
        DATASET: published / "dataset",
    }
    python = make_image(place / "image", publish.LACKING, {"kaggle_secrets.py": SECRETS})
    environment = {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}
    if not available():
        environment["COURSE_KAGGLE_DIR"] = str(place / "input")
    with Platform(place / "tree", python, mounts, "/kaggle/working", environment) as platform:
        if available():
            for code, refusal in OUT_OF_REACH.items():
                assert refusal in platform.evaluate(code)[1]
        else:
            listed = platform.place(f"{DATASET}/{platforms.REQUIREMENTS}")
            subprocess.run([python, "-m", "pip", "install", "-q", "-r", listed], check=True)
        yield platform


def run(kaggle: Platform, kernel: str) -> Ran:
    return kaggle.run(f"/kaggle/kernels/{kernel}/{source(kernel).name}")


@pytest.mark.parametrize("kernel", KERNELS)
def test_notebook_runs_on_kaggle(kaggle: Platform, kernel: str) -> None:
    ran = run(kaggle, kernel)
    assert ran.digest == digest(source(kernel))
    if kernel.startswith("exercises"):
        assert ran.text.count("not attempted") >= len(files.titles(int(kernel[-2:])))
    elif kernel == "lesson_01":  # which says what it took
        assert "Kaggle's Digit Recognizer" in ran.text


def test_course_came_from_the_data_set_and_torch_stayed(kaggle: Platform) -> None:
    run(kaggle, "exercises_01")
    for name in ("course_lib", "pytorch_lightning"):
        assert not kaggle.package(name).is_symlink()
    for name in ("torch", "torchvision", "numpy", "pandas"):
        assert kaggle.package(name).is_symlink()


def test_secrets_of_kaggle_are_asked_for_the_key(kaggle: Platform, place: Path) -> None:
    run(kaggle, "lesson_04")
    assert "WANDB_API_KEY" in (place / "working" / "asked.txt").read_text()
