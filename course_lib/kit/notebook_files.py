"""Reading and writing notebooks, and making what they store read well."""

import base64
import html
import io
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from PIL import Image

_WIDGET = "application/vnd.jupyter.widget-view+json"
_WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


def read(path: Path) -> NotebookNode:
    """Read a notebook.

    Raises:
        ValueError: the file is no notebook.
        FileNotFoundError: there is no such file.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of ids that old notebooks lack
            notebook = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no notebook: {str(error).splitlines()[0]}") from None
    except (AttributeError, KeyError, TypeError):  # JSON, but of something else
        raise ValueError(f"{path} is no notebook: it has no cells.") from None
    if not all(_is_cell(cell) for cell in notebook.cells):
        raise ValueError(f"{path} is no notebook: one of its cells has no type or no source.")
    return notebook


def _is_cell(cell: NotebookNode) -> bool:
    return all(isinstance(cell.get(key), str) for key in ("cell_type", "source"))


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook whole or not at all: an interruption leaves the file as it was."""
    partial = path.with_name(f".{path.name}.partial")
    nbformat.write(notebook, partial)
    partial.replace(path)


def tidy(notebook: NotebookNode) -> None:
    """Make outputs fit for storing: streams in one piece, bars as their last line, small pictures.

    A bar is a widget, which only a live kernel can show; what it said last stays readable anywhere.
    """
    notebook.metadata["language_info"] = {"name": "python"}  # not this machine's version of it
    widgets = notebook.metadata.pop("widgets", {}).get(_WIDGET_STATE, {}).get("state", {})
    for cell in notebook.cells:
        kept: list[NotebookNode] = []
        for output in cell.get("outputs", []):
            if _WIDGET in output.get("data", {}):
                text = _bar_text(widgets, output.data[_WIDGET]["model_id"])
                output = nbformat.v4.new_output("stream", name="stdout", text=text)
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _compact(output.data["image/png"])
            if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
                kept[-1].text += output.text
            elif output.output_type != "stream" or output.text:
                kept.append(output)
        if "outputs" in cell:
            cell.outputs = kept


def _bar_text(widgets: dict[str, Any], model_id: str) -> str:
    """The last state of tqdm's bar, a box of two texts around the bar; nothing if it went away."""

    def state(reference: str) -> dict[str, Any]:
        return widgets.get(reference.removeprefix("IPY_MODEL_"), {}).get("state", {})

    parts = [state(child) for child in state(model_id).get("children", [])]
    if len(parts) != 3 or not parts[1].get("bar_style"):  # a style is what a bar that stays ends in
        return ""
    text = f"{parts[0].get('value')} {parts[2].get('value')}"
    return html.unescape(text).replace("\u2007", " ").strip() + "\n"


def _compact(png: str) -> str:
    """The same picture in 256 colours: a third of the bytes, and no difference to see in a plot."""
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if picture.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return png  # transparent in places
    file = io.BytesIO()
    few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)
    return min(png, base64.b64encode(file.getvalue()).decode(), key=len)
