"""The law as dated registers: what counts from which day until which, and where it stands. No framework, no clock.

A change of the law is a new row in `registers/`, never a change of a row or of code: what counted in May still counts
for an act of May.
"""
