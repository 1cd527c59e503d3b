"""Sentences written for this course: short verdicts in which the order of the words matters.

They come from templates with a gap for a word of praise or blame, and each template gives as many
positive sentences as negative ones, out of the same words. "The plot was bad, but the novel was
good" and "The plot was good, but the novel was bad" are the same bag of words. Where two clauses
disagree, the label is that of the main clause, which judges the whole thing.

Templates are clauses put together in several ways. Whole templates are held out for the test, some
of each kind: it asks for familiar words in a combination that was never seen.
"""

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

from course_lib.data.corpus import SentenceData

SEED = 0
TEST_SHARE = 0.2  # of the templates of a kind
SHORT, OPENED = 12, 1 / 3  # of the sentences of at most so many words have an opener
DOMAINS_OF_A_TEMPLATE = 6  # with praise and with blame; as often as its kind has `rounds`

# What can be said of anything, for and against.
PRAISE = ("good", "great", "excellent", "wonderful", "superb", "splendid", "lovely", "brilliant")
BLAME = ("bad", "poor", "terrible", "awful", "dreadful", "horrible", "mediocre", "disappointing")

# What is judged as a whole, what it has, and what is said of such things alone, for and against.
DOMAINS = tuple(
    tuple(tuple(words.split(", ")) for words in lines.strip().splitlines())
    for lines in """
film, movie, play, series
story, ending, script, soundtrack, opening scene
gripping, funny
dull, silly

dinner, lunch, meal, buffet
soup, starter, fish, salad, pudding
delicious, tasty
bland, disgusting

drill, saw, mixer, lawnmower
handle, casing, switch, grip, motor
sturdy, reliable
flimsy, fragile

lesson, lecture, course, workshop
explanation, exercise, summary, introduction, discussion
clear, helpful
confusing, boring

trip, holiday, tour, journey
hotel, ferry, flight, campsite, bus ride
pleasant, comfortable
chaotic, uncomfortable

novel, book, biography, thriller
plot, opening, last chapter, preface, middle part
gripping, witty
dull, confusing

concert, opera, recital, show
overture, solo, finale, encore, first half
thrilling, moving
lifeless, boring

flat, house, cottage, studio
kitchen, bedroom, bathroom, hallway, attic
bright, cosy
damp, gloomy
""".strip().split("\n\n")
)

OPENERS = ("honestly", "to be fair", "if you ask me", "looking back", "to tell the truth")
PEOPLE = ("I", "we", "my friends", "my parents", "most of us")

# `thing` is the whole, `part` and `other` belong to it; `+` is an adjective of the sentence's own
# sign, `-` one of the other.
PLAIN = """
the {thing} was {+}
the {thing} is {+}
the {part} was {+}
the {part} seemed {+}
it is a {+} {thing}
it was a {+} {thing}
it was a {+} {part}
it had a {+} {part}
{who} found the {part} {+}
{who} found the {thing} {+}
{who} thought that the {part} was {+}
{who} think that the {thing} is {+}
{who} call it a {+} {thing}
{who} call the {part} {+}
the {part} turned out to be {+}
the {thing} turned out to be {+}
what a {+} {thing}
what a {+} {part}
even the {part} was {+}
everything about the {thing} was {+}
"""
NEGATED = """
the {thing} was not {-}
the {part} was not {-}
the {part} did not seem {-}
it is not a {-} {thing}
it was not a {-} {part}
it did not have a {-} {part}
{who} did not find the {part} {-}
{who} did not find the {thing} {-}
{who} did not think that the {part} was {-}
{who} do not call it a {-} {thing}
{who} do not call the {part} {-}
the {thing} did not seem {-}
"""
ASIDES = """
the {part} was {-}
it had a {-} {part}
{who} found the {part} {-}
the {part} seemed {-}
some people call it {-}
at first it was {-}
"""
VERDICTS = """
the {thing} was {+}
it was a {+} {thing}
this is a {+} {thing}
{who} think that the {thing} is {+}
everything else was {+}
it turned out to be {+}
"""
AGREEING = "{aside}, and {verdict}"
CONTRASTS = ("{aside}, but {verdict}", "although {aside}, {verdict}", "{verdict}, although {aside}")


class Kind(NamedTuple):
    """Templates of one kind, and how often each is filled in."""

    name: str
    templates: list[str]
    rounds: int


class Sentence(NamedTuple):
    """A sentence, its label (1 is positive), and the kind and number of its template."""

    text: str
    label: int
    kind: str
    template: int


def kinds() -> list[Kind]:
    """All kinds of templates."""
    agreeing = [joined.replace("{-}", "{++}") for joined in join(AGREEING)]
    contrasts = [Kind(form, join(form), 1) for form in CONTRASTS]
    return [
        Kind("plain", PLAIN.strip().splitlines(), 3),
        Kind("not", NEGATED.strip().splitlines(), 3),
        Kind(AGREEING, agreeing, 1),
        *contrasts,
    ]


def join(form: str) -> list[str]:
    """Each aside with each verdict."""
    return [
        form.replace("{aside}", aside).replace("{verdict}", verdict)
        for aside in ASIDES.strip().splitlines()
        for verdict in VERDICTS.strip().splitlines()
    ]


def load_sentences() -> SentenceData:
    """The built-in sentences, the same ones each time: 1 is positive, 0 negative."""
    train, test = make_sentences(SEED)
    return SentenceData(
        [sentence.text for sentence in train],
        [sentence.label for sentence in train],
        [sentence.text for sentence in test],
        [sentence.label for sentence in test],
        [sentence.template for sentence in train],
    )


def make_sentences(seed: int) -> tuple[list[Sentence], list[Sentence]]:
    """Draw the templates of the test and fill every template in; no sentence is there twice.

    Returns:
        The sentences for training and those for the test.
    """
    chance = random.Random(seed)
    train: list[Sentence] = []
    test: list[Sentence] = []
    seen: set[str] = set()
    number = 0
    for kind in kinds():
        held_out = chance.sample(kind.templates, round(TEST_SHARE * len(kind.templates)))
        for template in kind.templates:
            for text, label in fill(template, kind.rounds, seen, chance):
                part = test if template in held_out else train
                part.append(Sentence(text, label, kind.name, number))
            number += 1
    return train, test


def fill(
    template: str, rounds: int, seen: set[str], chance: random.Random
) -> Iterator[tuple[str, int]]:
    """Sentences of a template that were not seen yet, in turn with praise and with blame."""
    for _ in range(rounds):
        for domain in chance.sample(DOMAINS, DOMAINS_OF_A_TEMPLATE):
            for label in (0, 1):
                while (text := write(template, domain, label, chance)) in seen:
                    continue
                seen.add(text)
                yield text, label


def write(
    template: str, domain: tuple[tuple[str, ...], ...], label: int, chance: random.Random
) -> str:
    """Put words of a domain into the gaps of a template."""
    things, parts, good, bad = domain
    good, bad = (*PRAISE, *good), (*BLAME, *bad)
    own, opposite = (good, bad) if label else (bad, good)
    words = dict(zip(("{+}", "{++}"), chance.sample(own, 2), strict=True))
    words |= {"{-}": chance.choice(opposite), "{who}": chance.choice(PEOPLE)}
    words |= {"{thing}": chance.choice(things), "{part}": chance.choice(parts)}
    text = re.sub(r"\{.+?\}", lambda gap: words[gap[0]], template)
    text = re.sub(r"\ba (?=[aeiou])", "an ", text)
    if len(text.split()) <= SHORT and chance.random() < OPENED:
        text = f"{chance.choice(OPENERS)}, {text}"
    return f"{text[0].upper()}{text[1:]}."
