"""What the checks of several lessons ask of an answer before they look at it more closely."""

from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from torch import Tensor, allclose, nn

from course_lib.exercises.engine import NotAttempted, Wrong, refuse, require
from course_lib.exercises.inspection import explain


def described(value: object) -> str:
    """What a value is, for a sentence."""
    if value is None:
        return "None"
    if isinstance(value, type | FunctionType):
        kind = "class" if isinstance(value, type) else "function"
        return f"the {kind} `{value.__name__}`"
    if isinstance(value, Tensor):
        return f"a tensor of shape {list(value.shape)}"
    if isinstance(value, tuple | list):
        return f"a {'tuple' if isinstance(value, tuple) else 'list'} of {len(value)}"
    return f"an object of the class `{type(value).__name__}`"


def require_function(answer: Any, name: str) -> None:
    """Refuse what is no function."""
    require(
        callable(answer) and not isinstance(answer, type | nn.Module),
        f"`{name}` should be a function and is {described(answer)}; pass the function itself, "
        "without calling it.",
    )


def require_class(answer: Any, base: type) -> None:
    """Refuse what is no class derived from `base`."""
    require(
        isinstance(answer, type),
        f"Expected a class and got {described(answer)}; pass the class itself, not what calling "
        "it makes.",
    )
    require(
        issubclass(answer, base),
        f"`{answer.__name__}` does not inherit from `{base.__name__}`, which goes into the "
        "brackets of its first line.",
    )


def check_part(name: str, check: Callable[[Any], None], answer: Any) -> None:
    """Check one of several answers; an error that it raises is told with the answer's name."""
    try:
        check(answer)
    except (Wrong, NotAttempted):
        raise
    except Exception as error:
        refuse(f"{name}: {explain(error)}")


def several(value: Any, count: int, expected: str) -> Any:
    """The value, refused unless it is a tuple or list of so many."""
    fits = isinstance(value, tuple | list) and len(value) == count
    require(fits, f"Expected {expected}; what came is {described(value)}.")
    return value


def number(value: Any, what: str) -> float:
    """The value as a float; a tensor of one element is a number too."""
    try:
        if not isinstance(value, str | bytes):
            return float(value)
    except (TypeError, ValueError, RuntimeError):
        pass
    refuse(f"{what} is {described(value)}; expected one number.")


def near(value: float, expected: float | Tensor) -> bool:
    """Whether two numbers agree to a thousandth."""
    return abs(value - float(expected)) < 1e-3


def close(found: Tensor, expected: Tensor) -> bool:
    """Whether two tensors agree in shape and, to a rounding error, in value."""
    return found.shape == expected.shape and allclose(found.float(), expected.float(), atol=1e-5)


def listed(names: Iterable[object]) -> str:
    """Names, in order and as code, for a sentence."""
    return ", ".join(f"`{name}`" for name in sorted(set(names), key=str)) or "nothing"


def listed_numbers(values: Iterable[float]) -> str:
    """Numbers, to three digits, for a sentence."""
    return ", ".join(f"{value:.3g}" for value in values)
