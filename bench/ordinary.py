"""Bare Splink with an ordinary configuration on a force's feed: what somebody has who reads its guide and starts.

Names by Jaro-Winkler with term frequencies, the day of birth by its own comparison, postcode, telephone and mailbox by
whether they are equal; trained by expectation maximisation on the records themselves, nobody labelling one.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.linking import grouped, pairs_of
from fourfold.linkage.terms import Traits
from fourfold.people.terms import MarkKind

COLUMNS = ("forename", "surname", "born", "sex", "postcode", "phone", "email")
BLOCKS = (
    *(("surname", "born"), ("forename", "born"), ("forename", "surname"), ("postcode", "surname")),
    *(("phone",), ("email",)),
)


def ordinary(records: Sequence[Traits]) -> dict[float, set[tuple[int, int]]]:
    """Return the pairs that stand in one cluster, by the probability from which two are joined."""
    import duckdb
    import pyarrow as pa
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    rows = [_row(record) for record in records]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(COLUMNS)}
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("forename", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("born", [1, 2]),
            *(cl.ExactMatch(name) for name in ("sex", "postcode", "phone", "email")),
        ],
        blocking_rules_to_generate_predictions=[block_on(*block) for block in BLOCKS],
    )
    with duckdb.connect() as store:
        api = DuckDBAPI(store)
        store.register("given", pa.table({"unique_id": list(range(len(rows))), **columns}))
        store.execute("CREATE TABLE records AS FROM given")
        linker = Linker(api.register("records"), settings, log_level="ERROR")
        linker.training.estimate_probability_two_random_records_match(
            [block_on("forename", "surname", "born")], recall=0.6
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for block in (("born",), ("forename", "surname")):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
        found = linker.inference.predict(threshold_match_probability=0.5, warning_mode="never")
        told = {}
        for least in (0.8, 0.99):
            clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
                found, threshold_match_probability=least
            )
            rows_of = store.sql(f"SELECT unique_id, cluster_id FROM {clusters.physical_name}").fetchall()
            told[least] = pairs_of(grouped(dict(rows_of)))
    return told


def _row(record: Traits) -> tuple[str | None, ...]:
    """Return a record as columns; what nobody knows is missing."""
    forename, _, surname = record.name.rpartition(" ")
    address = next(iter(sorted(record.of(MarkKind.ADDRESS))), "")
    return (
        forename.lower() or None,
        surname.lower() or None,
        record.birth_on.isoformat() if record.birth_on else None,
        record.sex or None,
        address.partition(" ")[0] or None,
        next(iter(sorted(record.of(MarkKind.PHONE))), None),
        next(iter(sorted(record.of(MarkKind.EMAIL))), None),
    )
