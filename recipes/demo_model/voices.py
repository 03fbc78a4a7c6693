"""The synthesiser's voices: those to train with, and those that are never heard in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipes.demo_model.espeak import Manner

if TYPE_CHECKING:
    from random import Random

# fmt: off
TRAINING = (
    "m1", "m2", "m3", "m4", "m6", "m7", "m8", "f1", "f2", "f3", "f5", "Alex", "Alicia", "Andrea",
    "Andy", "Annie", "AnxiousAndy", "Denis", "Diogo", "Gene", "Gene2", "Henrique", "Hugo",
    "Jacky", "Lee", "Mario", "Michael", "Mike", "Nguyen", "RicishayMax", "RicishayMax2", "adam",
    "announcer", "anika", "antonio", "aunty", "belinda", "benjamin", "boris", "caleb", "david",
    "ed", "edward", "edward2", "grandma", "gustave", "iven", "iven2", "iven4", "john",
    "kaukovalta", "klatt", "klatt2", "klatt3", "klatt5", "linda", "max", "miguel", "norbert",
    "pablo", "paul", "pedro", "rob", "robert", "sandro", "shelby", "steph", "steph2", "travis",
    "victor", "zac",
)
# fmt: on
HELD_OUT = ("m5", "f4", "quincy", "Marco", "iven3", "steph3")
"""Left out on purpose: whispering, robot and monster voices that a person cannot follow either."""


def manner(random: Random, variants: tuple[str, ...]) -> Manner:
    """A voice at a speed and a pitch."""
    return Manner(
        variant=random.choice(variants),
        rate=random.randint(170, 290),
        pitch=random.randint(22, 78),
        range=random.randint(30, 75),
    )
