"""What costs time and memory, as numbers that are the same on every machine."""

from collections import Counter
from typing import Any
from weakref import WeakSet

from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import TorchFunctionMode

from course_lib.exercises.probes import CLASSES

_FETCHING = {
    *("item", "tolist", "numpy", "cpu", "is_nonzero"),
    *("__bool__", "__float__", "__int__", "__index__", "__complex__"),
    *("__format__", "__repr__", "__array__"),
}
_FOR_NOTHING = {"__get__", "__len__", "__getitem__", "size", "dim", "numel", "detach", "view"}


class Fetches(TorchFunctionMode):
    """Counts how often the program asks for a tensor's numbers; a GPU has to be waited for then.

    That is what `item` does, and `print`, `float` and `if` do of their own accord.

    Attributes:
        by: the methods of `Tensor` by which it is done, and how often by each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.by: Counter[str] = Counter()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call the function, and count it if it needs the numbers."""
        name, given = getattr(func, "__name__", ""), (*args[1:], *(kwargs or {}).values())
        to_host = name == "to" and any(isinstance(to, str) and to == "cpu" for to in given)
        if name in _FETCHING or to_host:
            self.by[name] += 1
        return func(*args, **(kwargs or {}))


class _Saved:
    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor.detach()


class Kept:
    """Counts the tensors that are being kept for a backward pass, as long as it is entered."""

    def __init__(self) -> None:
        self._alive: WeakSet[_Saved] = WeakSet()
        self._hooks = saved_tensors_hooks(self._pack, lambda saved: saved.tensor)

    def __enter__(self) -> "Kept":
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.__exit__(*error)

    def __len__(self) -> int:
        return len(self._alive)

    def _pack(self, tensor: Tensor) -> _Saved:
        saved = _Saved(tensor)
        self._alive.add(saved)
        return saved


class Watched(nn.Module):
    """A small network that notes, whenever it is called, of what size the batch is.

    Attributes:
        sizes: of the batches, in order.
        kept: how many tensors of earlier batches were still kept for a backward pass then.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, CLASSES)
        )
        self.sizes: list[int] = []
        self.kept: list[int] = []
        self.graphs = Kept()

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, 1, 4, 4]` to logits `[N, 10]`."""
        self.sizes.append(len(images))
        self.kept.append(len(self.graphs))
        return self.layers(images)


class Handled(TorchFunctionMode):
    """Counts the numbers that torch's functions take or give: the larger of both, for each call.

    What only looks at a tensor, or gives another view of it, is for nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call the function, and count."""
        result = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") not in _FOR_NOTHING:
            self.count += max(_size([*args, *(kwargs or {}).values()]), _size([result]))
        return result


def _size(values: Any) -> int:
    """How many numbers there are in tensors and in lists of tensors."""
    if isinstance(values, Tensor):
        return values.numel()
    return sum(map(_size, values)) if isinstance(values, list | tuple) else 0
