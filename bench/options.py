"""How thorough a run is."""

import msgspec


class Options(msgspec.Struct, frozen=True):
    """What was asked for."""

    quick: bool = False

    @property
    def rounds(self) -> int:
        """Rounds per side; the median counts."""
        return 1 if self.quick else 5

    @property
    def seconds(self) -> float:
        """Length of one round."""
        return 1 if self.quick else 3

    @property
    def starts(self) -> int:
        """How often a process is started to time its start."""
        return 1 if self.quick else 5

    def times(self, many: int) -> int:
        """How often something short is repeated."""
        return max(many // 10, 1) if self.quick else many


CONNECTIONS = 64
