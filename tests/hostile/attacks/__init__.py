"""All attacks, by subject: each module here has a list ``ATTACKS``."""

import importlib
import pkgutil

from tests.hostile.attack import Attack

ATTACKS: list[Attack] = [
    attack
    for module in pkgutil.iter_modules(__path__)
    for attack in importlib.import_module(f"{__name__}.{module.name}").ATTACKS
]
