"""6.4 linked"""

# %% setup
import tempfile
import textwrap
from pathlib import Path

from course_lib.exercises.lesson_06.configs import given

GIVEN = given("linked.py").partition("class LinkedCLI")[0]
END = """
if __name__ == "__main__":
    LinkedCLI(LitLinear, Digits)
"""
SIZE = """
    parser.add_argument("--image_size", type=int, default=8)
    parser.link_arguments("image_size", "data.image_size")
    parser.link_arguments("image_size", "model.image_size")
"""
CLASSES = """
    parser.link_arguments("data.num_classes", "model.num_classes", apply_on="instantiate")
"""


def written(text):
    """A file with this class, or with this body of its `add_arguments_to_parser`."""
    if "class LinkedCLI" not in text:
        method = "    def add_arguments_to_parser(self, parser):\n"
        text = "class LinkedCLI(LightningCLI):\n" + method + textwrap.indent(text, "    ")
    path = Path(tempfile.mkdtemp(), "linked.py")
    path.write_text(GIVEN + text + END)
    return path


# %% call
check.linked(file)


# %% right: link by link
file = written(SIZE + CLASSES)


# %% right: the network follows the data
file = written("""
    parser.add_argument("--image_size", default=8, type=int)
    parser.link_arguments("image_size", "data.image_size")
    parser.link_arguments("data.image_size", "model.image_size", apply_on="instantiate")
    parser.link_arguments("data", "model.num_classes", lambda data: data.num_classes, "instantiate")
""")


# %% right: another type, and defaults set elsewhere
file = written("""
class LinkedCLI(LightningCLI):
    TARGETS = ("model", "data")

    def add_arguments_to_parser(self, parser):
        parser.add_argument("-s", "--image_size", type=int)
        parser.set_defaults({"image_size": 8})
        for target in self.TARGETS:
            parser.link_arguments("image_size", target + ".image_size")
        parser.link_arguments(
            source="data.num_classes", target="model.num_classes", apply_on="instantiate"
        )
""")


# %% wrong a: ten, as always
# says: With `--data.keep 01234` the data has 5 classes, and the network 10 logits
file = written(
    SIZE
    + """
    parser.set_defaults({"model.num_classes": 10})
"""
)


# %% wrong a: nobody says how many classes
# says: the following arguments are required: fit.model.num_classes
file = written(SIZE)


# %% wrong a: counted once more
# says: link its attribute, instead of counting again
file = written(
    SIZE
    + """
    parser.link_arguments("data.keep", "model.num_classes", compute_fn=lambda keep: len(set(keep)))
"""
)


# %% wrong a: linked before the data exists
# says: `fit` ends with an error
file = written(
    SIZE
    + """
    parser.link_arguments("data.num_classes", "model.num_classes")
"""
)


# %% wrong b: the data alone
# says: the following arguments are required: fit.model.image_size
file = written(
    CLASSES
    + """
    parser.add_argument("--image_size", type=int, default=8)
    parser.link_arguments("image_size", "data.image_size")
"""
)


# %% wrong b: no flag of its own
# says: Expected a <class 'int'>. Got value: None
file = written(
    CLASSES
    + """
    parser.link_arguments("data.image_size", "model.image_size")
"""
)


# %% wrong b: the default of a phone number
# says: Without a flag the images are to be 8 pixels wide; the data makes them 28 wide
file = written(SIZE.replace("default=8", "default=28") + CLASSES)


# %% wrong b: a flag, and nothing that is linked with it
# says: With `--image_size=12` the images are to be 12 pixels wide
file = written(
    CLASSES
    + """
    parser.add_argument("--image_size", type=int, default=8)
    parser.set_defaults({"data.image_size": 8, "model.image_size": 8})
"""
)


# %% wrong b: looked for in sys.argv
# says: With `image_size: 6 in a YAML file` the images are to be 6 pixels wide
file = written(
    CLASSES
    + """
    import sys

    flags = dict(flag.partition("=")[::2] for flag in sys.argv)
    size = int(flags.get("--image_size", 8))
    parser.add_argument("--image_size", type=int, default=8)
    for part in ("data", "model"):
        parser.link_arguments("image_size", part + ".image_size", compute_fn=lambda _: size)
"""
)


# %% wrong b: nothing is called
# says: `fit` does not get as far as a training
file = written("""
class LinkedCLI(LightningCLI):
    def __init__(self, *classes):
        self.classes = classes
""")


# %% wrong c: overwritten after parsing
# says: `--model.image_size 8` is taken
file = written("""
class LinkedCLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        parser.add_argument("--image_size", type=int, default=8)
        parser.set_defaults({"data.image_size": 8, "model.image_size": 8})
        parser.link_arguments("data.num_classes", "model.num_classes", apply_on="instantiate")

    def before_instantiate_classes(self):
        config = self.config[self.subcommand]
        config.data.image_size = config.model.image_size = config.image_size
""")


# %% wrong c: the data counts, and the flag is overwritten
# says: `--model.num_classes 8` is taken
file = written("""
class LinkedCLI(LightningCLI):
    def add_arguments_to_parser(self, parser):
        parser.add_argument("--image_size", type=int, default=8)
        for part in ("data", "model"):
            parser.link_arguments("image_size", part + ".image_size")
        parser.set_defaults({"model.num_classes": 1})

    def before_instantiate_classes(self):
        config = self.config[self.subcommand]
        config.model.num_classes = Digits(8, config.data.keep).num_classes
""")
