"""The kinds of measures, each in its strand, and the four classes of a risk management plan."""

from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.words import sentence

K = MeasureKind
KINDS: dict[Strand, tuple[MeasureKind, ...]] = {
    Strand.PSYCHOLOGICAL: (
        K.SUBJECT_ASSESSMENT, K.DIRECT_WORK, K.CO_WORKING, K.ADVICE_TO_TEAM, K.TREATMENT_REFERRAL,
    ),
    Strand.SOCIAL: (
        K.HOUSING, K.EMPLOYMENT, K.SUBSTANCE_USE, K.DEBT, K.PHYSICAL_HEALTH, K.MENTAL_HEALTH,
    ),
    Strand.LEGAL: (
        K.ARREST, K.SEARCH, K.CHARGE, K.BAIL, K.ORDER, K.SERVICE_OF_ORDER, K.LETTER, K.PRISON_RECALL, K.WATCH,
    ),
    Strand.VICTIM_SAFETY: (
        K.ADVOCATE, K.CHECK_WITH_VICTIM, K.SAFETY_PLAN, K.DIGITAL_SAFETY, K.HOME_SECURITY, K.OTHERS_AT_RISK,
    ),
}  # fmt: skip
_CLASSES: dict[PlanClass, tuple[MeasureKind, ...]] = {
    PlanClass.MONITORING: (K.SUBJECT_ASSESSMENT, K.WATCH, K.CHECK_WITH_VICTIM),
    PlanClass.SUPERVISION: (
        K.ADVICE_TO_TEAM, K.ARREST, K.SEARCH, K.CHARGE, K.BAIL, K.ORDER, K.SERVICE_OF_ORDER, K.LETTER, K.PRISON_RECALL,
    ),
    PlanClass.INTERVENTION: (K.DIRECT_WORK, K.CO_WORKING, K.TREATMENT_REFERRAL, *KINDS[Strand.SOCIAL]),
    PlanClass.VICTIM_SAFETY_PLANNING: (
        K.ADVOCATE, K.SAFETY_PLAN, K.DIGITAL_SAFETY, K.HOME_SECURITY, K.OTHERS_AT_RISK,
    ),
}  # fmt: skip


def strand_of(kind: MeasureKind) -> Strand | None:
    """Return the strand to which a kind belongs; None for what belongs to any."""
    return next((strand for strand, kinds in KINDS.items() if kind in kinds), None)


def usual_class(kind: MeasureKind) -> PlanClass | None:
    """Return the class of a risk management plan that a kind usually is; None where only people can tell."""
    return next((part for part, kinds in _CLASSES.items() if kind in kinds), None)


def why_not_kind(kind: MeasureKind | None, strand: Strand) -> str | None:
    if kind is None or strand_of(kind) in (None, strand):
        return None
    return sentence(
        "The kind “{1}” does not belong to the strand “{2}”. Change the strand or the kind.", kind.words, strand.words
    )


def class_of(kind: MeasureKind | None, strand: Strand, said: PlanClass | None = None) -> PlanClass | None:
    """Return the class of a measure: what people said, or what its kind or strand tells; None where nothing does."""
    usual = usual_class(kind) if kind else None
    by_strand = {Strand.VICTIM_SAFETY: PlanClass.VICTIM_SAFETY_PLANNING, Strand.SOCIAL: PlanClass.INTERVENTION}
    return said or usual or by_strand.get(strand)
