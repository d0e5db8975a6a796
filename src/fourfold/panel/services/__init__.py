"""Writing for the panel: sittings, views, the one decision, who steps aside, and advice to cases held elsewhere."""

from fourfold.panel.services.attendance import record_attendance
from fourfold.panel.services.conflicts import answer_invitation, declare
from fourfold.panel.services.consulting import advise, ask_consultation
from fourfold.panel.services.decisions import record_decision
from fourfold.panel.services.minutes import make_minutes
from fourfold.panel.services.past import take_over
from fourfold.panel.services.sittings import add_item, convene
from fourfold.panel.services.views import give_view, open_views
