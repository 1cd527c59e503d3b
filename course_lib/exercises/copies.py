"""Copies of what a student hands in, so that a check trains those and not the student's own."""

import copy
from collections.abc import Mapping
from contextlib import suppress
from types import FunctionType
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode


def private(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Copy answers; what two of them share they go on sharing.

    Classes and functions, and what cannot be copied (an open file, say, or a lock), pass as they
    are, also as an attribute of a network that is copied.
    """
    copies: dict[str, Any] = {}
    memo: dict[int, Any] = {}
    with _Detaching():
        for name, answer in answers.items():
            copies[name] = answer
            if isinstance(answer, type | FunctionType):
                continue
            known = dict(memo)  # a copy that fails halfway leaves nothing in the memo
            with suppress(Exception):
                try:
                    copies[name] = copy.deepcopy(answer, known)
                except Exception:
                    known = memo | _uncopyable(answer, memo)
                    copies[name] = copy.deepcopy(answer, known)
                memo = known
    return copies


def _uncopyable(answer: Any, memo: dict[int, Any]) -> dict[int, Any]:
    """The attributes of a network that no copy can be made of, for `deepcopy` to keep."""
    shared: dict[int, Any] = {}
    for module in answer.modules() if isinstance(answer, nn.Module) else ():
        for name, part in vars(module).items():
            try:
                if not name.startswith("_"):  # the module's own: parameters, hooks, submodules
                    copy.deepcopy(part, dict(memo))
            except Exception:
                shared[id(part)] = part
    return shared


class _Detaching(TorchFunctionMode):
    """Lets a deep copy take activations, which torch refuses to copy with their graph."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is Tensor.__deepcopy__ and not args[0].is_leaf:
            args = (args[0].detach(), *args[1:])
        return func(*args, **(kwargs or {}))
