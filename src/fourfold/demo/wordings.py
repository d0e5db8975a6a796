"""Sentences that fill the invented files: formulations, measures, reasons. Written for the demo, about nobody."""

from __future__ import annotations

from fourfold.panel.terms import MeasureKind, Strand

FORMULATIONS = (
    "A relationship that ended against the subject's will. Contact is a way to keep it alive: each answer, and each "
    "silence, is read as a sign. Losing work in spring took away what had held. Anniversaries and handovers set it off.",
    "A grievance about a decision at work, by now a mission. The victim stands for an institution that will not answer. "
    "Letters come first, visits follow when nobody replies. Drink loosens what little brake there is.",
    "A bond that exists in the subject's belief alone. Refusals are taken for tests. Illness is likely and untreated; "
    "nearness to the home has grown since the summer.",
    "Control that went on after separation, by way of the children and the car. What looked like separate small crimes "
    "is one course of conduct. The hearing in the family court is the next point of danger.",
    "A clumsy wish for closeness by somebody with few other people. Rules that are plain and repeated have worked "
    "before; what has not worked is anger.",
)
SAFETY = (
    "The advocate speaks with the victim twice a week, at agreed hours. Locks changed, alarm tested, the school told, telephone "
    "and accounts checked. Nothing is served before the victim knows.",
    "The victim stays with family for now. A plan for the way to work is agreed, and a word that brings help without questions.",
    "Home visited and made safer, a camera at the door, colleagues know whom not to let in. The victim sets the pace of contact.",
)
ALTERNATIVES = (
    "A warning alone: it was given before and nothing changed.",
    "Waiting for the charging decision: it would leave the victim without protection for weeks.",
    "Joint meeting with the subject's family: it would carry messages.",
)
DISSENT = (
    "",
    "",
    "",
    "Outreach would have kept supervision lighter: the housing move has calmed things.",
    "Mental health would have asked for an assessment in hospital first: despair is underestimated.",
)
ORDER_REASONS = {
    "yes": "two or more acts, fear for safety, and conditions that name the roads and the ways of contact the subject uses",
    "no": "charge and restraining order are close; a second set of conditions would blur the first",
}
WITHOUT_ASSESSMENT = "the acts come closer together; the first-line tool follows within the week"
POSITIONS = {
    "police": ("The acts come closer together and two were near the home.", "Each act was recorded as something else."),
    "mental health": ("Preoccupation fills the day; mood is low and not treated.", "No sign of psychosis; grievance."),
    "outreach": ("Rent arrears and a lost job; a move would bring distance.", "Few people left who say no."),
    "advocacy": ("Sleeps fully dressed and has changed the way to work.", "Wants it to stop, not revenge."),
}
PROPOSALS = {
    "police": "apply for an order; flag the address",
    "mental health": "assessment first, then advice to the team",
    "outreach": "housing officer and debt advice",
    "advocacy": "tell the victim before every step; alarm",
}
MEASURES: tuple[tuple[Strand, str, str, bool], ...] = (
    (Strand.LEGAL, "Apply for a stalking protection order with conditions on place and contact", "police", True),
    (Strand.LEGAL, "Collect the earlier records in one file and ask for the class to be changed", "police", False),
    (Strand.PSYCHOLOGICAL, "Assess the subject's mental state and advise the team", "nhs", False),
    (Strand.SOCIAL, "Find the subject a tenancy outside the district", "outreach", False),
    (Strand.SOCIAL, "Debt advice and a meeting at the job centre", "outreach", False),
    (Strand.VICTIM_SAFETY, "Speak with the victim twice a week and keep the safety plan up to date", "advocacy", False),
    (Strand.VICTIM_SAFETY, "Check telephone, accounts and car for tracking", "advocacy", False),
)
#: What kind of measure each of them is, in the same order.
KINDS = {
    measure[1]: kind
    for measure, kind in zip(
        MEASURES,
        (
            MeasureKind.ORDER,
            MeasureKind.OTHER,
            MeasureKind.SUBJECT_ASSESSMENT,
            MeasureKind.HOUSING,
            MeasureKind.DEBT,
            MeasureKind.CHECK_WITH_VICTIM,
            MeasureKind.DIGITAL_SAFETY,
        ),
        strict=True,
    )
}
CONDITIONS = (
    "Not to contact the victim by any means, directly or through anybody else",
    "Not to enter the street in which the victim lives, or any street that joins it",
    "Not to publish anything about the victim, in any name",
    "To give every account and telephone that the subject uses to the police within three days",
)
STOPPED = "It was outside the safe hours that were agreed then."
CHECK_IN_ITEMS = ("home", "sleep", "contact_fear", "going_out", "online", "believed", "plan_trust", "support")
CHECK_IN_CODES = ("not_at_all", "a_little", "half", "mostly", "fully")
FIRST_LINE_ITEMS = (
    "fear",
    "earlier_reports",
    "property",
    "visits",
    "loitering",
    "third_parties",
    "escalation",
    "threats",
    "violence",
    "weapons",
    "suicide_talk",
    "breach",
    "substances",
)
