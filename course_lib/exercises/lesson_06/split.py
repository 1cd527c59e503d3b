"""Exercise 6.2: one configuration in three files, each of which can be swapped."""

from functools import cache
from typing import Any

import yaml

from course_lib.exercises.answers import listed
from course_lib.exercises.engine import exercise, refuse, require, rule
from course_lib.exercises.lesson_06.configs import Config, Unparsed, given, parsed, put, short
from course_lib.exercises.programs import File, read_answer

# Another file of each kind, and what it is called in a message.
OTHERS = {
    "model": ("cnn_model", given("cnn_model.yaml")),
    "data": ("other_data", "data: {class_path: ImageDataModule, init_args: {severity: 2.0}}"),
    "base": ("other_base", "seed_everything: 1\ntrainer: {max_epochs: 2}"),
}
Texts = dict[str, str]


@exercise(
    "6.2",
    why="Three bases, two data files and five models are thirty experiments in ten files, and "
    "none of them is written twice.",
    hints=(
        "Cut at the keys that stand at the left margin: which of them is about the data, which "
        "about the model, and which about neither?",
        "`&epochs` names a value and `*epochs` repeats it, but only inside one file.",
        "To see what three files come to: `python train.py fit -c base.yaml -c data.yaml -c "
        "model.yaml --print_config`; compare it with that of `all.yaml`.",
    ),
    limit=15,  # LightningCLI takes a fifth of a second to make its flags, each time
)
def split_config(base: Any, data: Any, model: Any) -> None:
    """One configuration, three files."""
    files = {"base": read_answer(base), "data": read_answer(data), "model": read_answer(model)}
    texts = {name: file.text for name, file in files.items()}
    with rule("a"):
        keys = {name: _keys(file) for name, file in files.items()}
        whole = _parsed(texts)
        _compare(whole, _whole(), "Together", "`all.yaml` says")
    with rule("b"):
        found = _parsed(dict(reversed(texts.items())))
        _compare(found, whole, "In the order model, data, base", "in the other order it is")
    for letter, name in (("c", "model"), ("d", "data"), ("e", "base")):
        with rule(letter):
            _check_swapped(name, texts, whole, keys)


@cache
def _whole() -> Config:
    return parsed(*put(all=given("all.yaml")))


@cache
def _alone(name: str) -> Config:
    """The configuration of `all.yaml` with another part in the place of one."""
    text = yaml.safe_load(given("all.yaml"))
    text = {key: value for key, value in text.items() if _part(key) != name}
    return parsed(*put(all=yaml.safe_dump(text | yaml.safe_load(OTHERS[name][1]))))


def _part(key: str) -> str:
    """The file in which a key should stand."""
    first = key.partition(".")[0]
    return first if first in ("data", "model") else "base"


def _keys(file: File) -> set[str]:
    """The keys at the left margin of a file; refused if they are not those of an experiment."""
    try:
        found = yaml.safe_load(file.text)
    except yaml.composer.ComposerError as error:
        refuse(
            f"{file.name}: {error.problem}. A name like `&epochs` holds in its own file only: "
            "write the value itself."
        )
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1} of " if mark else ""
        refuse(f"There is something wrong in {where}{file.name}: {getattr(error, 'problem', '')}.")
    require(isinstance(found, dict), f"{file.name} holds no keys with values, `key: value`.")
    known = {"seed_everything", "trainer", "data", "model"}
    unknown = [key for key in found if str(key).partition(".")[0] not in known]
    require(
        not unknown,
        f"At the left margin of {file.name} stands {listed(unknown)}, which is no part of an "
        "experiment: it belongs below, and to the right of, `trainer:`, `data:` or `model:`.",
    )
    return {*found}


def _parsed(texts: Texts) -> Config:
    try:
        return parsed(*put(**texts))
    except Unparsed as error:
        refuse(f"The command line refuses `-c {'.yaml -c '.join(texts)}.yaml`. It says: {error}")


def _compare(found: Config, wanted: Config, case: str, source: str) -> None:
    """Refuse the first value that is another, or is missing, or should not be there."""
    for key in sorted(found.keys() | wanted.keys()):
        here, there = found.get(key), wanted.get(key)
        alike = " with other arguments" if short(here) == short(there) else ""
        require(
            here == there, f"{case}, `{key}` is {_shown(here)}; {source} {_shown(there)}{alike}."
        )


def _check_swapped(name: str, texts: Texts, whole: Config, keys: dict[str, set[str]]) -> None:
    """Refuse what stays of a part that was swapped, and what goes with it."""
    require(
        name in map(_part, keys[name]),
        f"`{name}.yaml` holds {listed(keys[name])}, and nothing of what it is for.",
    )
    other, text = OTHERS[name]
    swapped = {other if part == name else part: texts[part] for part in texts} | {other: text}
    found, alone = _parsed(swapped), _alone(name)
    holders = [f"{part}.yaml" for part in keys if part != name and name in map(_part, keys[part])]
    for key in sorted(found.keys() | whole.keys() | alone.keys()):
        own = _part(key) == name
        here, there = found.get(key), (alone if own else whole).get(key)
        case = f"With `{other}.yaml` in the place of `{name}.yaml`, `{key}` is {_shown(here)}"
        require(
            own or here == there,
            f"{case} and no longer {_shown(there)}: that stands in `{name}.yaml`, where it does "
            "not belong.",
        )
        require(
            here == there,
            f"{case}, which `{other}.yaml` does not say: it is left over from {listed(holders)}.",
        )


def _shown(value: Any) -> str:
    text = repr(short(value))
    return text if len(text) <= 80 else "something else"
