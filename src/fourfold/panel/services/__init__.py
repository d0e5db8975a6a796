"""Writing for the panel: sittings, views, the one decision, who steps aside, and advice to cases held elsewhere."""

from fourfold.panel.services.aside import answer_invitation, declare
from fourfold.panel.services.consulting import advise, ask_consultation
from fourfold.panel.services.deciding import (
    add_item,
    convene,
    give_view,
    make_minutes,
    open_views,
    record_decision,
    take_over,
)
