"""Room for words: a picture says a thing only where the words lie on nothing else."""

from dataclasses import dataclass, field

from fourfold.web.components.charts import pen


@dataclass
class Room:
    """Remembers which rectangles hold words already, so that words never lie on words."""

    width: float
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def take(self, x: float, y: float, width: float, height: float) -> bool:
        """Take a rectangle and say yes, or say no where something lies there or the picture ends."""
        box = (x, y, x + width, y + height)
        if x < 0 or box[2] > self.width or any(overlap(box, other) for other in self.taken):
            return False
        self.taken.append(box)
        return True

    def words(self, x: float, baseline: float, said: str, anchor: str = "start", **given: object) -> str:
        """Return the words if there is room for them, else nothing; the table says them anyway."""
        width = pen.width_of(said, bold=given.get("font_weight") == "bold")
        left = {"start": x, "end": x - width, "middle": x - width / 2}[anchor]
        if not self.take(left, baseline - 11, width, 13):
            return ""
        return pen.halo(x, baseline, said, text_anchor=None if anchor == "start" else anchor, **given)


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    """Tell whether two boxes (left, top, right, bottom) share ground."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
