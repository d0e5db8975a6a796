"""Everybody compared with everybody, with the model of the look-up at once: by DuckDB on this machine, or by Spark.

Splink weighs the pairs that share a key. Nobody is merged by it: what comes out are groups of records that are likely
one person, in which no two contradict each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from math import log2
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from splink import DuckDBAPI, Linker
from splink.clustering import cluster_pairwise_predictions_at_threshold

from fourfold.gateways import spark
from fourfold.linkage import rules, splink_model
from fourfold.linkage.clusters import Edge, Hint, Persons, Said, added_up, persons
from fourfold.linkage.rules import Spoken
from fourfold.linkage.terms import Weights

MOST_SHARING, MOST_NAMESAKES, MOST_BORN_ALIKE = 500, 60, 16
"""A key that more people share says nothing: the number of a police station, a common name, a day with a common forename.

Of a name fewer are enough, and of a day of birth with one; it is their pairs that would grow with the square of the
records. People are told apart by what the key leaves out: of a name the day of birth, of the others the name. Whoever agree
in that as well are compared however many share the key, for somebody of whom a hundred reports tell is one person.
"""

MOST_NAMES_OF_A_NUMBER = 12
"""A telephone that more people give than a household holds, told apart by the first letters of their names, is an office's."""

MOST_BESIDE = 300
"""Of those who share a key each is compared with so many: of one person's thousand records each still leads to the next."""


@dataclass(frozen=True)
class Engine:
    """What computes: its dialect, Splink's way to it, how it reads a file, is given, keeps and drops a table, and answers.

    `folder` is one that it can read as we do, left out where that is any.
    """

    dialect: splink_model.Dialect
    api: Any
    read: Callable[[Path, str], object]
    give: Callable[[pa.Table, str], object]
    keep: Callable[[str, str], object]
    drop: Callable[[str], object]
    ask: Callable[[str], pa.Table]
    folder: Path | None = None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(zip(*self.ask(sql).to_pydict().values(), strict=True))


@dataclass(frozen=True)
class Linked:
    """For each record that has another, the smallest record of its group; and how many pairs were likely.

    `left_open` are likely pairs of which a record fits two people who are apart, and neither better.
    """

    groups: dict[int, int]
    pairs: int
    left_open: frozenset[tuple[int, int]] = frozenset()


@contextmanager
def on_duckdb() -> Iterator[Engine]:
    """Yield the embedded engine; its tables live in memory and go with it."""
    with duckdb.connect() as store:
        yield Engine(
            dialect="duckdb",
            api=DuckDBAPI(store),
            read=lambda path, name: store.execute(f"CREATE OR REPLACE VIEW {name} AS FROM read_parquet('{path}')"),
            give=lambda table, name: store.register(name, table),
            keep=lambda name, sql: store.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}"),
            drop=lambda name: store.execute(f"DROP TABLE {name}"),
            ask=lambda sql: store.sql(sql).to_arrow_table(),
        )


@contextmanager
def on_cluster(master: str, folder: Path | None = None) -> Iterator[Engine]:
    """Yield Spark at its address, a cluster's or this machine's; it ends with the run. Raises NoSpark.

    `folder` is one that every worker sees as we do; a cluster needs it, this machine does not.
    """
    session = spark.session(master=master, jars=_similarities(), folder=folder)
    try:
        yield on_spark(session, folder)
    finally:
        session.stop()


def _similarities() -> list[Path]:
    """Return what Spark lacks and Splink brings along; where pyspark itself is missing, the session says so."""
    try:
        from splink.backends.spark import similarity_jar_location
    except ImportError:
        return []
    return [Path(similarity_jar_location())]


def on_spark(session: Any, folder: Path | None = None) -> Engine:
    """Return an engine on a running Spark session (`gateways.spark`), a cluster's as well as this machine's."""
    from splink.backends.spark import SparkAPI

    def keep(name: str, sql: str) -> None:
        session.sql(sql).cache().createOrReplaceTempView(name)

    return Engine(
        dialect="spark",
        api=SparkAPI(spark_session=session, break_lineage_method="persist"),
        read=lambda path, name: session.read.parquet(str(path)).createOrReplaceTempView(name),
        give=lambda table, name: session.createDataFrame(table).createOrReplaceTempView(name),
        keep=keep,
        drop=lambda name: None,  # Spark computes when it is asked, and lets go by itself of what does not fit
        ask=lambda sql: session.sql(sql).toArrow(),
        folder=folder,
    )


def link(path: Path, weights: Weights, engine: Engine, *, at_least: float | None = None) -> Linked:
    """Return the groups among the records of a file (`splink_model.write`) that are one person by these weights.

    `at_least` is the probability from which two records are joined; left out, the model's *strong*. The engine weighs
    the pairs, which are many; the groups of the likely ones, which are few, are made here, the same on every engine.
    """
    least = weights.thresholds.strong if at_least is None else at_least
    told = _weighed(path, weights, engine, min(least, weights.thresholds.possible), _MAY_BE_ONE)
    apart, bits = splink_model.apart_sql(engine.dialect), log2(least / (1 - least))
    likely = f"(SELECT * FROM {told} WHERE match_weight >= {bits})"
    edges = engine.ask(_of_people(f"SELECT {_PEOPLE}, match_weight, {apart} AS doubted FROM ({_sides(likely)})"))
    if not edges.num_rows:
        return Linked({}, 0)
    free = edges.num_rows - (pc.sum(pc.cast(edges["doubted"], pa.int64())).as_py() or 0)
    chains = _Chains.of(engine, edges, apart)
    chains.join(added_up(_hints(engine, told, weights, bits), chains.groups, prior=_prior(weights), least=bits))
    return Linked(chains.groups, free, chains.left_open)


def _prior(weights: Weights) -> float:
    return log2(weights.prior / (1 - weights.prior))


def _hints(engine: Engine, told: str, weights: Weights, likely: float) -> Iterator[Hint]:
    """Yield the pairs that are not likely by themselves and that nothing contradicts, with what each field says."""
    fields = [field for field in splink_model.level_sql(engine.dialect) if field != "name"]
    columns = ", ".join(f"{splink_model.bits_sql(engine.dialect, field, weights)} AS {field}" for field in fields)
    pairs = _sides(f"(SELECT * FROM {told} WHERE match_weight < {likely})")
    sql = f"SELECT {_PEOPLE}, match_weight, {columns} FROM ({pairs}) WHERE NOT {splink_model.apart_sql(engine.dialect)}"
    for one, other, weight, *bits in engine.rows(sql):
        yield Hint(one, other, (weight - _prior(weights) - sum(bits), *bits))


def shown(path: Path, weights: Weights, engine: Engine) -> set[tuple[int, int]]:
    """Return the pairs of records that a person is shown: what may be joined, what speaks for two people besides, and what
    `rules.at_least_possible` adds."""
    pairs, compares = _weighed(path, weights, engine, LEAST_SHOWN), partial(splink_model.compares_sql, engine.dialect)
    same = {field: compares(field, {"same"}) for field in sorted(rules.STRONGLY_ONES_OWN)}
    others = " + ".join(f"CASE WHEN {compares(*each)} THEN 1 ELSE 0 END" for each in rules.TELLS_APART.items())
    about = compares("birth", rules.ABOUT_THAT_DAY)
    same["address"] = f"({same['address']}) AND (({about}) OR {others} < 2)"
    own = f"({' OR '.join(f'({each})' for each in same.values())}) AND NOT ({compares('sex', {'different'})})"
    each = f"SELECT {_PEOPLE}, match_weight, {own} AS own, {same['account']} AS online FROM ({_sides(pairs)})"
    sql = "SELECT unique_id_l, unique_id_r, max(match_weight), bool_or(own), bool_or(online) "
    found = list(engine.rows(f"{sql} FROM ({each}) WHERE unique_id_l <> unique_id_r GROUP BY unique_id_l, unique_id_r"))
    possible = log2(weights.thresholds.possible / (1 - weights.thresholds.possible))
    accompanied = {person for *pair, weight, _, _ in found if weight >= possible for person in pair}
    return {
        (one, other)
        for one, other, weight, own, online in found
        if weight >= possible or online or (own and not {one, other} <= accompanied)
    }


LEAST_SHOWN = 1e-9
"""As unlikely as that may be what a person is shown: it costs the model of a pair no more than to say so."""


def _weighed(path: Path, weights: Weights, engine: Engine, least: float, among: str = "true") -> str:
    """Weigh the pairs that share a key, and return the name of the table that holds those as likely as `least`."""
    engine.read(path, "told")
    _keep_records(engine)
    _share_a_key(engine, among)
    linker = _linker(engine, weights)
    linker.table_management.register_blocked_pairs_for_predict(engine.api.register("sharing"))
    found = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
    engine.drop("sharing")
    return str(found.physical_name)


def _keep_records(engine: Engine) -> None:
    """Keep the records without their keys, and without the numbers that too many give who bear different names."""
    each = splink_model.WORDS[engine.dialect]["each"].format("phone")
    engine.keep("numbers", f"SELECT unique_id, initial || left(family, 1) AS who, {each} AS number FROM told")
    engine.keep(
        "nobodys", f"SELECT number FROM numbers GROUP BY number HAVING count(DISTINCT who) > {MOST_NAMES_OF_A_NUMBER}"
    )
    given = "SELECT DISTINCT unique_id FROM numbers JOIN nobodys ON numbers.number = nobodys.number"
    numbers = splink_model.WORDS[engine.dialect]["list"].format("numbers.number")
    own = f"SELECT unique_id, {numbers} AS phone FROM numbers LEFT JOIN nobodys ON numbers.number = nobodys.number "
    own += f"WHERE nobodys.number IS NULL AND unique_id IN ({given}) GROUP BY unique_id"
    columns = ", ".join(f"told.{name}" for name in splink_model.COLUMNS.names if name not in ("keys", "phone"))
    engine.keep(
        "records",
        f"SELECT {columns}, CASE WHEN given.unique_id IS NULL THEN told.phone ELSE own.phone END AS phone FROM told "
        f"LEFT JOIN ({given}) AS given ON given.unique_id = told.unique_id "
        f"LEFT JOIN ({own}) AS own ON own.unique_id = told.unique_id",
    )
    engine.drop("numbers")
    engine.drop("nobodys")


def _of_people(pairs: str) -> str:
    """Return as SQL each two records once, with the most that any two of their names weigh, one free of doubt before others."""
    return (
        "SELECT unique_id_l, unique_id_r, bool_and(doubted) AS doubted, "
        "coalesce(max(CASE WHEN doubted THEN NULL ELSE match_weight END), max(match_weight)) AS match_weight "
        f"FROM ({pairs}) WHERE unique_id_l <> unique_id_r GROUP BY unique_id_l, unique_id_r"
    )


_MAY_BE_ONE = (
    "(coalesce(l.sex = r.sex, true) AND coalesce(l.born % 10000 = r.born % 10000 "
    "OR l.born - l.born % 10000 = r.born - r.born % 10000 "
    "OR ((l.born < 1020000 AND l.born > 1010000 OR r.born < 1020000 AND r.born > 1010000) "
    "AND abs(l.born % 10000 - r.born % 10000) <= 1), true)) OR (l.is_online AND r.is_online) OR l.is_own"
)
"""Of two who share a key, what is cheap to know: the sex, and that of a day of birth the year agrees, or the day and the
month, or that one is the first of January of a year beside. Else they are apart (`rules.apart`), unless an account vouches for them. Most who share a common name end here.
Whoever share a number, a mailbox or a door are weighed all the same: the other records of a person may outvote a slip."""


def _share_a_key(engine: Engine, among: str) -> None:
    """Keep as `sharing` the pairs that share a key which tells somebody apart, each once, as Splink takes them.

    A key is kept as its hash, which is shorter: where two have one, a pair is weighed in vain. What only one record
    has leads to nobody. A key of too many people leads only to whoever agree in what it leaves out.
    """
    words = splink_model.WORDS[engine.dialect]
    told = "unique_id, birth, spoken, cast(birth AS int) AS born, sex, handles IS NOT NULL AS is_online"
    each = f"SELECT {told}, {words['each'].format('keys')} AS said FROM told"
    most = f"CASE WHEN said LIKE 'name %' THEN {MOST_NAMESAKES} WHEN said LIKE 'birth %' THEN {MOST_BORN_ALIKE} ELSE {MOST_SHARING} END"
    who = "coalesce(CASE WHEN said LIKE 'name %' THEN birth ELSE spoken END, cast(unique_id AS string))"
    own = "NOT (said LIKE 'name %' OR said LIKE 'birth %') AS is_own"
    hashed = f"{words['hash'].format('said')} AS key, {words['hash'].format(who)} AS who, {most} AS most"
    engine.keep("held", f"SELECT unique_id, born, sex, is_online, {own}, {hashed} FROM ({each}) AS each_key")
    engine.keep(
        "telling",
        "SELECT key, count(*) <= min(most) OR count(DISTINCT who) <= min(most) AS tells "
        "FROM held GROUP BY key HAVING count(*) > 1",
    )
    columns = "held.unique_id, held.born, held.sex, held.is_online, held.is_own, held.key"
    among_whom = "CASE WHEN tells THEN 0 ELSE who END AS among_whom"
    place = "row_number() OVER (PARTITION BY held.key, CASE WHEN tells THEN 0 ELSE who END ORDER BY held.unique_id)"
    engine.keep(
        "holding", f"SELECT {columns}, {among_whom}, {place} AS place FROM held JOIN telling ON telling.key = held.key"
    )
    engine.drop("held")
    both = "holding AS l JOIN holding AS r ON l.key = r.key AND l.among_whom = r.among_whom"
    both += f" AND l.place < r.place AND r.place <= l.place + {MOST_BESIDE}"
    pair = "'0' AS match_key, l.unique_id AS join_key_l, r.unique_id AS join_key_r"
    engine.keep("sharing", f"SELECT DISTINCT {pair} FROM {both} WHERE {among}")
    engine.drop("holding")


def _linker(engine: Engine, weights: Weights) -> Linker:
    linker = Linker(engine.api.register("records"), splink_model.settings(engine.dialect, weights), log_level="ERROR")
    rare = [{"spoken": name, "tf_spoken": share} for name, share in weights.common.items()]
    table = engine.api.register(rare or [{"spoken": "", "tf_spoken": 1.0}])
    linker.table_management.register_term_frequency_lookup(table, "spoken")
    return linker


_PERSON = f"unique_id % {splink_model.FACES}"
_PEOPLE = ", ".join(
    f"{which}(unique_id_l % {splink_model.FACES}, unique_id_r % {splink_model.FACES}) AS unique_id_{side}"
    for which, side in (("least", "l"), ("greatest", "r"))
)
"""Whose the two rows are, the smaller number first: a record has a row for each of its names."""


def _sides(pairs: str, more: str = "match_weight", row: str = "unique_id") -> str:
    """Return as SQL the pairs with the columns of both records, as the levels name them.

    `row` says what a pair names: a row of a record, or a record with every row of it.
    """
    names = [name for name in splink_model.COLUMNS.names if name not in ("unique_id", "keys")]
    columns = ", ".join(f"{side}.{name} AS {name}_{side}" for side in "lr" for name in names)
    return (
        f"SELECT pair.unique_id_l, pair.unique_id_r, {more}, {columns} FROM {pairs} AS pair "
        f"JOIN records AS l ON l.{row} = pair.unique_id_l JOIN records AS r ON r.{row} = pair.unique_id_r"
    )


@dataclass
class _Chains:
    """The groups among records that chains of likely pairs hang together; what contradicts itself is taken apart."""

    engine: Engine
    edges: pa.Table
    chain_of: dict[int, int]
    found: dict[int, Persons]

    @classmethod
    def of(cls, engine: Engine, edges: pa.Table, apart: str) -> _Chains:
        """Take apart the chains in which something contradicts another; the others are groups as they are."""
        told = _chained(edges)
        chain_of = dict(zip(told["unique_id"].to_pylist(), told["cluster_id"].to_pylist(), strict=True))
        chains = cls(engine, edges, chain_of, {})
        doubted = edges.filter(edges["doubted"])["unique_id_l"].to_pylist()
        chains._take_apart({chain_of[one] for one in doubted} | _disputed(engine, told, apart), [])
        return chains

    @property
    def groups(self) -> dict[int, int]:
        groups = dict(self.chain_of)
        for found in self.found.values():
            groups |= found.groups
        return groups

    @property
    def left_open(self) -> frozenset[tuple[int, int]]:
        return frozenset().union(*(found.left_open for found in self.found.values()))

    def join(self, more: list[Edge]) -> None:
        """Join chains by further likely pairs, and ask anew of whatever they lead to who is one person."""
        leads_to: dict[int, set[int]] = {}
        for edge in more:
            ends = [self.chain_of.setdefault(record, record) for record in edge[:2]]
            together = set().union(*(leads_to.get(chain, {chain}) for chain in ends))
            leads_to |= dict.fromkeys(together, together)
        smallest = {chain: min(together) for chain, together in leads_to.items()}
        self.chain_of = {record: smallest.get(chain, chain) for record, chain in self.chain_of.items()}
        self.found = {chain: found for chain, found in self.found.items() if chain not in leads_to}
        self._take_apart(set(smallest.values()), more)

    def _take_apart(self, disputed: set[int], more: Iterable[Edge]) -> None:
        if not disputed:
            return
        tied: dict[int, list[Edge]] = defaultdict(list)
        columns = (self.edges[name].to_pylist() for name in ("unique_id_l", "unique_id_r", "match_weight", "doubted"))
        for one, other, bits, doubted, *by_number in (*zip(*columns, strict=True), *more):
            if self.chain_of[one] in disputed:
                tied[self.chain_of[one]].append(Edge(min(one, other), max(one, other), bits, doubted, *by_number))
        said = _said(self.engine, [record for record, chain in self.chain_of.items() if chain in disputed])
        self.found |= {chain: persons(each, said) for chain, each in tied.items()}


_OF_A_NAME = ("words", "spoken", "letters", "given", "family", "forenames", "scripts")


def _said(engine: Engine, records: list[int]) -> dict[int, Said]:
    """Return what records say that may contradict another, their own name first."""
    engine.give(pa.table({"person": pa.array(records, pa.int64())}), "disputed")
    columns = ", ".join((*_OF_A_NAME, "birth", "sex"))
    sql = f"SELECT {_PERSON} AS person, {columns} FROM records JOIN disputed ON {_PERSON} = disputed.person ORDER BY unique_id"
    found: dict[int, Said] = {}
    for person, *name, birth, sex in engine.rows(sql):
        before = found.get(person)
        names = (*(before.names if before else ()), *([_spoken(*name)] if name[0] is not None else []))
        born = date(int(birth[4:]), int(birth[2:4]), int(birth[:2])) if birth else None
        found[person] = Said(names, born, sex)
    return found


def _spoken(
    words: str, spoken: str, letters: str, given: str, family: str, forenames: list[str] | None, scripts: str
) -> Spoken:
    may_be = frozenset(forenames or ())
    return Spoken(tuple(words.split()), tuple(spoken.split()), tuple(letters.split()), given, family, may_be, scripts)


def _chained(edges: pa.Table) -> pa.Table:
    """Return each record that has a likely pair, with the smallest record that a chain of pairs leads to."""
    with duckdb.connect() as store:
        store.register("told", edges)
        store.execute("CREATE TABLE edges AS SELECT unique_id_l, unique_id_r FROM told")
        store.execute(
            "CREATE TABLE nodes AS SELECT unique_id_l AS unique_id FROM edges UNION SELECT unique_id_r FROM edges"
        )
        api = DuckDBAPI(store)
        found = cluster_pairwise_predictions_at_threshold(
            api.register("nodes"), api.register("edges"), api, "unique_id"
        )
        return store.sql(f"SELECT unique_id, cluster_id FROM {found.physical_name}").to_arrow_table()


def _disputed(engine: Engine, chains: pa.Table, apart: str) -> set[int]:
    """Return the chains that join two who are apart; two alone are not, or they were no likely pair."""
    counts = pc.value_counts(chains["cluster_id"])
    several = counts.field("values").filter(pc.greater(counts.field("counts"), 2))
    long = chains.filter(pc.is_in(chains["cluster_id"], value_set=several))
    if not long.num_rows:
        return set()
    engine.give(long, "chains")
    within = (
        "(SELECT a.unique_id AS unique_id_l, b.unique_id AS unique_id_r, a.cluster_id FROM chains AS a "
        "JOIN chains AS b ON a.cluster_id = b.cluster_id AND a.unique_id < b.unique_id)"
    )
    sql = (
        f"SELECT DISTINCT cluster_id FROM (SELECT cluster_id FROM ({_sides(within, 'cluster_id', _PERSON)}) "
        f"GROUP BY cluster_id, unique_id_l, unique_id_r HAVING bool_and({apart}))"
    )
    return {chain for (chain,) in engine.rows(sql)}
