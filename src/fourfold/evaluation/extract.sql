-- One row for each case: what the frozen extract holds, said once, in DuckDB's SQL; `definition.py` says it in other
-- dialects. Every table carries the pseudonym, never a case's identifier; moments are whole seconds since 1970 (UTC).
-- A day is a whole day of 24 hours since the case was opened: day 0 is the first.
WITH frame AS (
    SELECT c.pseudonym, c.site, c.opened_s, c.opened_year, c.opened_month, c.relationship,
        c.victim_pronoun, c.subject_pronoun,
        CAST(FLOOR((u.until_s - c.opened_s) / 86400.0) AS INTEGER) AS followed_days
    FROM cases AS c CROSS JOIN until AS u
),
act AS (
    SELECT a.pseudonym, a.former_partner, a.third_party, CAST(FLOOR((a.happened_s - f.opened_s) / 86400.0) AS INTEGER) AS day
    FROM acts AS a JOIN frame AS f ON f.pseudonym = a.pseudonym
),
act_sums AS (
    SELECT pseudonym,
        CAST(SUM(CASE WHEN day <= 0 THEN 1 ELSE 0 END) AS INTEGER) AS prior_acts,
        CAST(SUM(CASE WHEN day > 0 THEN 1 ELSE 0 END) AS INTEGER) AS acts_after,
        MIN(CASE WHEN day > 0 THEN day END) AS next_act_day,
        BOOL_OR(former_partner) AS former_partner,
        CAST(SUM(CASE WHEN third_party THEN 1 ELSE 0 END) AS INTEGER) AS third_party_acts
    FROM act GROUP BY pseudonym
),
later_acts AS (
    SELECT pseudonym, ARRAY_SORT(ARRAY_AGG(day)) AS act_days FROM act WHERE day > 0 GROUP BY pseudonym
),
first_level AS (
    SELECT pseudonym, level,
        ROW_NUMBER() OVER (PARTITION BY pseudonym ORDER BY set_s, level) AS place
    FROM levels
),
began AS (
    SELECT b.pseudonym,
        CAST(FLOOR((MIN(b.began_s) - MIN(f.opened_s)) / 86400.0) AS INTEGER) AS managed_day
    FROM management AS b JOIN frame AS f ON f.pseudonym = b.pseudonym
    GROUP BY b.pseudonym
),
-- A spell that ended before the case was opened, or begins after the data end, says nothing of the time followed.
held AS (
    SELECT h.pseudonym,
        GREATEST(CAST(FLOOR((h.from_s - f.opened_s) / 86400.0) AS INTEGER), 0) AS from_day,
        COALESCE(LEAST(CAST(FLOOR((h.until_s - f.opened_s) / 86400.0) AS INTEGER), f.followed_days), f.followed_days)
            AS until_day
    FROM custody AS h JOIN frame AS f ON f.pseudonym = h.pseudonym
    WHERE (h.until_s IS NULL OR h.until_s > f.opened_s)
        AND CAST(FLOOR((h.from_s - f.opened_s) / 86400.0) AS INTEGER) <= f.followed_days
),
held_sums AS (
    SELECT pseudonym, MIN(from_day) AS custody_day,
        ARRAY_SORT(ARRAY_AGG(from_day)) AS custody_from, ARRAY_SORT(ARRAY_AGG(until_day)) AS custody_until,
        CAST(SUM(GREATEST(until_day - from_day, 0)) AS INTEGER) AS custody_days
    FROM held GROUP BY pseudonym
),
contact AS (
    SELECT pseudonym, CAST(COUNT(*) AS INTEGER) AS sessions_planned,
        CAST(SUM(CASE WHEN attendance = 'attended' THEN 1 ELSE 0 END) AS INTEGER) AS sessions_attended
    FROM sessions GROUP BY pseudonym
),
work AS (
    SELECT pseudonym, CAST(SUM(minutes) AS INTEGER) AS staff_minutes FROM staff_minutes GROUP BY pseudonym
),
-- Fidelity: what the model of working asked for by a day, and how much of it was done by then.
promised AS (
    SELECT s.pseudonym, CAST(COUNT(*) AS INTEGER) AS steps_due,
        CAST(SUM(CASE WHEN s.done_s <= s.due_s THEN 1 ELSE 0 END) AS INTEGER) AS steps_kept
    FROM steps AS s CROSS JOIN until AS u WHERE s.due_s <= u.until_s GROUP BY s.pseudonym
),
-- Wellbeing: the measure that was taken first, its first and its last whole total.
taken AS (
    SELECT w.pseudonym, w.instrument, w.total,
        CAST(FLOOR((w.answered_s - f.opened_s) / 86400.0) AS INTEGER) AS day,
        FIRST_VALUE(w.instrument) OVER (PARTITION BY w.pseudonym ORDER BY w.answered_s, w.instrument) AS measure
    FROM wellbeing AS w JOIN frame AS f ON f.pseudonym = w.pseudonym
    WHERE w.total IS NOT NULL
),
placed AS (
    SELECT pseudonym, measure, total, day,
        ROW_NUMBER() OVER (PARTITION BY pseudonym ORDER BY day, total) AS from_first,
        ROW_NUMBER() OVER (PARTITION BY pseudonym ORDER BY day DESC, total DESC) AS from_last
    FROM taken WHERE instrument = measure
),
wellbeing_ends AS (
    SELECT pseudonym, MIN(measure) AS wellbeing_measure,
        MIN(CASE WHEN from_first = 1 THEN total END) AS wellbeing_first,
        MIN(CASE WHEN from_first = 1 THEN day END) AS wellbeing_first_day,
        MIN(CASE WHEN from_last = 1 THEN total END) AS wellbeing_last,
        MIN(CASE WHEN from_last = 1 THEN day END) AS wellbeing_last_day
    FROM placed GROUP BY pseudonym
)
SELECT f.pseudonym, f.site,
    CAST(f.opened_year AS VARCHAR) || '-Q' || CAST(CAST(FLOOR((f.opened_month - 1) / 3.0) AS INTEGER) + 1 AS VARCHAR)
        AS quarter,
    COALESCE(l.level, '') AS level,
    COALESCE(s.prior_acts, 0) AS prior_acts,
    CASE WHEN f.relationship = 'former partner' THEN TRUE ELSE s.former_partner END AS former_partner,
    b.managed_day,
    s.next_act_day,
    f.followed_days,
    COALESCE(s.acts_after, 0) AS acts_after,
    COALESCE(c.sessions_attended, 0) AS sessions_attended,
    COALESCE(k.staff_minutes, 0) AS staff_minutes,
    COALESCE(c.sessions_planned, 0) AS sessions_planned,
    GREATEST(f.followed_days - GREATEST(COALESCE(b.managed_day, f.followed_days), 0), 0) AS exposure_days,
    COALESCE(p.steps_due, 0) AS steps_due,
    COALESCE(p.steps_kept, 0) AS steps_kept,
    h.custody_day,
    COALESCE(h.custody_days, 0) AS custody_days,
    w.wellbeing_measure,
    w.wellbeing_first,
    w.wellbeing_first_day,
    w.wellbeing_last,
    w.wellbeing_last_day,
    a.act_days,
    h.custody_from,
    h.custody_until,
    COALESCE(f.victim_pronoun, '') AS victim_pronoun,
    COALESCE(f.subject_pronoun, '') AS subject_pronoun,
    COALESCE(s.third_party_acts, 0) AS third_party_acts
FROM frame AS f
LEFT JOIN act_sums AS s ON s.pseudonym = f.pseudonym
LEFT JOIN later_acts AS a ON a.pseudonym = f.pseudonym
LEFT JOIN first_level AS l ON l.pseudonym = f.pseudonym AND l.place = 1
LEFT JOIN began AS b ON b.pseudonym = f.pseudonym
LEFT JOIN held_sums AS h ON h.pseudonym = f.pseudonym
LEFT JOIN contact AS c ON c.pseudonym = f.pseudonym
LEFT JOIN work AS k ON k.pseudonym = f.pseudonym
LEFT JOIN promised AS p ON p.pseudonym = f.pseudonym
LEFT JOIN wellbeing_ends AS w ON w.pseudonym = f.pseudonym
ORDER BY f.pseudonym
