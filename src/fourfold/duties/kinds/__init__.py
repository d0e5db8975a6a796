"""Every kind of what waits, by the floor that it reads."""

from fourfold.duties.kinds import casework, orders, records, victims
from fourfold.duties.kinds.asking import Kind

KINDS: tuple[Kind, ...] = (*casework.KINDS, *orders.KINDS, *records.KINDS, *victims.KINDS)
