"""Seeking, making, serving and ending orders; and breaches, each of which becomes the next act of the same conduct."""

from fourfold.orders.services.applications import apply_for, consider, decline, record_order
from fourfold.orders.services.breaches import decide_breach, join_breach, record_breach, rule_out_breach
from fourfold.orders.services.custody import record_custody, record_release
from fourfold.orders.services.packs import make_pack, take_draft
from fourfold.orders.services.past import take_over
from fourfold.orders.services.steps import ask_to_serve_untold, note_victim_told, sign_untold, take_step
from fourfold.orders.services.supporting import confirm_support
from fourfold.orders.services.withdrawing import restore_breach, withdraw_breach
