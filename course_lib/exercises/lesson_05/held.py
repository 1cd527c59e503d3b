"""What an object keeps in memory."""

import gc
import sys
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from torch import Tensor


def bytes_held(dataset: Any) -> int:
    """The bytes of all tensors, arrays and lists that a data set, or its class, keeps."""
    found: dict[int, int] = {}
    seen: set[int] = set()
    kind = type(dataset)
    waiting: list[Any] = [getattr(dataset, "__dict__", dataset), *vars(kind).values()]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, type | ModuleType):
            continue
        seen.add(id(thing))
        if isinstance(thing, Tensor):
            storage = thing.untyped_storage()
            found[storage.data_ptr()] = storage.nbytes()
        elif isinstance(thing, np.ndarray):
            owner = thing
            while isinstance(owner.base, np.ndarray):
                owner = owner.base
            found[owner.ctypes.data] = owner.nbytes
        elif isinstance(thing, FunctionType):  # its globals are the notebook's
            waiting += [vars(thing), thing.__defaults__, thing.__closure__]
        else:
            if isinstance(thing, list | tuple):
                found[id(thing)] = sys.getsizeof(thing)
            waiting += gc.get_referents(thing)
    return sum(found.values())
