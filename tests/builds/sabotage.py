"""Break places of the compiled core on purpose, each behind a switch that is off.

Role: edits a copy of the sources, never the checkout. A switch is one integer in each broken
module: 0 is the core as it is, n the n-th sabotage. No other build has the function that sets it.

| seen by     | what shows it                        | seen by    | what shows it                 |
|-------------|--------------------------------------|------------|-------------------------------|
| twin        | events beside the readable twin's    | invariants | `check_invariants`            |
| fold        | the events contradict themselves     | assertion  | the kernel's own, always on   |
| hash, depth | the book is not what the events tell | the rest   | words of a sanitizer's report |
| refusal     | a refused command did something      |            |                               |
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module

TWIN, FOLD, HASH, DEPTH = "twin", "fold", "hash", "depth"
REFUSAL, INVARIANTS, ASSERTION = "refusal", "invariants", "assertion"
JUDGES = (TWIN, FOLD, HASH, DEPTH, REFUSAL, INVARIANTS, ASSERTION)
BEYOND_THE_END, AFTER_THE_END = "heap-buffer-overflow", "heap-use-after-free"
OVERFLOW = "signed integer overflow"
MEMORY_REPORTS = (BEYOND_THE_END, AFTER_THE_END, OVERFLOW)
RACE = "data race"

SWITCH = "choose_sabotage"

_DECLARED = '''

cdef extern from *:
    """
    static int depthcast_sabotage = 0;
    static inline void depthcast_choose(int number) { depthcast_sabotage = number; }
    """
    int chosen_sabotage "depthcast_sabotage"
    void choose_it "depthcast_choose"(int number) noexcept nogil
'''
_SWITCHED = f'''

def {SWITCH}(int number):
    """Break one place from now on; 0 breaks none."""
    choose_it(number)
'''


@dataclass(frozen=True)
class Sabotage:
    """A name, the profile that shows it, who sees it, where it stands.

    `text` stands once in `file`; in `broken`, BROKEN is true while the switch names this sabotage.
    """

    name: str
    profile: str
    seen_by: tuple[str, ...]
    file: str
    text: str
    broken: str


def sabotaged(
    sources: Mapping[str, str], sabotages: Iterable[Sabotage], modules: Iterable[str]
) -> dict[str, str]:
    """Return the sources with every sabotage in them, and the switch in these modules."""
    broken = dict(sources)
    for number, sabotage in enumerate(sabotages, 1):
        hits = broken[sabotage.file].count(sabotage.text)
        assert hits == 1, f"{sabotage.name}: stands {hits} times in {sabotage.file}"
        assert "BROKEN" in sabotage.broken, f"{sabotage.name}: nothing can switch it on"
        replacement = sabotage.broken.replace("BROKEN", f"(chosen_sabotage == {number})")
        broken[sabotage.file] = broken[sabotage.file].replace(sabotage.text, replacement)
    broken["types.pxd"] += _DECLARED
    for module in modules:
        broken[f"{module}.pyx"] += _SWITCHED
    return broken


def choose(number: int, modules: Iterable[str]) -> None:
    """Switch a sabotage on in these modules of the running process, 0 all off."""
    for module in modules:
        getattr(import_module(f"engine.core.{module}"), SWITCH)(number)
