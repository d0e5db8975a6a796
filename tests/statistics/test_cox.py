"""Cox and Andersen-Gill fits against published numbers and planted truths."""

from __future__ import annotations

import numpy as np
import pytest
from lifelines import CoxPHFitter

from fourfold import stats

ROSSI = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


def test_cox_against_rossi_allison_1995(rossi):
    fit = stats.cox_regression(rossi.week, rossi.arrest, rossi[ROSSI])
    assert fit.names == tuple(ROSSI)
    published = [-0.37942, -0.05744, 0.31390, -0.14980, -0.43370, -0.08487, 0.09150]
    assert fit.coefficients == pytest.approx(published, abs=1e-5)
    errors = [0.19138, 0.02200, 0.30799, 0.21222, 0.38187, 0.19576, 0.02865]
    assert fit.standard_errors == pytest.approx(errors, abs=1e-5)
    assert fit.log_likelihood == pytest.approx(-658.748, abs=1e-3)
    assert fit.likelihood_ratio.statistic == pytest.approx(33.27, abs=5e-3)
    assert fit.likelihood_ratio.degrees_of_freedom == 7
    assert fit.events == 114


def test_cox_against_therneau_lung(lung):
    rows = lung[lung["ph.ecog"].notna()]
    fit = stats.cox_regression(rows.time, rows.status == 2, rows[["age", "sex", "ph.ecog"]])
    assert fit.coefficients == pytest.approx([0.011067, -0.552612, 0.463728], abs=1e-6)
    assert fit.standard_errors == pytest.approx([0.009267, 0.167739, 0.113577], abs=1e-6)
    assert fit.log_likelihood == pytest.approx(-729.230, abs=1e-3)


def test_cox_against_therneau_veteran(veteran):
    fit = stats.cox_regression(veteran.time, veteran.status, veteran[["trt", "prior", "karno"]])
    assert fit.coefficients == pytest.approx([0.180197, -0.005551, -0.033771], abs=1e-6)


def test_cause_specific_cox_against_therneau_mgus2(mgus2):
    fit = stats.cox_regression(mgus2.months, mgus2.pstat, {"age": mgus2.age, "male": mgus2.sex == "M"})
    assert fit.coefficients == pytest.approx([0.013039, -0.025138], abs=1e-6)


def test_andersen_gill_against_therneau_grambsch_bladder2(bladder2):
    covariates = bladder2[["rx", "size", "number"]]
    fit = stats.cox_regression(bladder2.stop, bladder2.event, covariates, entry=bladder2.start, cluster=bladder2.id)
    assert fit.coefficients == pytest.approx([-0.464687, -0.043660, 0.174960], abs=1e-6)
    assert fit.standard_errors[0] == pytest.approx(0.199732, abs=1e-6)
    assert fit.robust_standard_errors == pytest.approx([0.265561, 0.077616, 0.063041], abs=1e-6)
    assert fit.log_hazard_ratio("rx").standard_error == pytest.approx(0.265561, abs=1e-6)
    assert "cluster-robust" in fit.method


def test_marginal_strata_against_wei_lin_weissfeld_1989(bladder):
    covariates = {
        f"{name}{k}": bladder[name] * (bladder.enum == k) for name in ("rx", "size", "number") for k in (1, 2, 3, 4)
    }
    fit = stats.cox_regression(
        bladder.stop, bladder.event, covariates, strata=bladder.enum, cluster=bladder.id, ties="breslow"
    )
    assert fit.coefficients[:4] == pytest.approx([-0.5176, -0.6194, -0.6999, -0.6508], abs=1e-4)
    assert fit.robust_standard_errors[:4] == pytest.approx([0.3075, 0.3639, 0.4152, 0.4897], abs=1e-4)


def test_plain_cox_agrees_with_lifelines_where_lifelines_is_right(rossi):
    ours = stats.cox_regression(rossi.week, rossi.arrest, rossi[ROSSI[:-1]], strata=rossi.prio > 2)
    frame = rossi.assign(many=(rossi.prio > 2).astype(int)).drop(columns="prio")
    theirs = CoxPHFitter().fit(frame, "week", "arrest", strata=["many"])
    assert ours.coefficients == pytest.approx(theirs.params_.to_numpy(), abs=1e-5)
    assert ours.standard_errors == pytest.approx(theirs.standard_errors_.to_numpy(), abs=1e-5)


def test_score_residuals_agree_with_leaving_people_out(bladder2):
    """The robust variance is the jackknife's, to first order: leave out each person and fit again."""
    covariates, ids = bladder2[["rx"]].to_numpy(float), bladder2.id.to_numpy()
    columns = bladder2.stop.to_numpy(), bladder2.event.to_numpy(), covariates, bladder2.start.to_numpy()

    def fit(kept: np.ndarray) -> stats.CoxFit:
        stop, event, x, start = (column[kept] for column in columns)
        return stats.cox_regression(stop, event, x, entry=start, cluster=ids[kept])

    whole = fit(np.ones(ids.size, bool))
    moves = [fit(ids != person).coefficients[0] - whole.coefficients[0] for person in np.unique(ids)]
    assert whole.robust_standard_errors is not None
    assert whole.robust_standard_errors[0] == pytest.approx(np.sqrt(np.sum(np.square(moves))), rel=0.05)


def test_information_is_the_slope_of_the_likelihood(rng):
    """Efron with ties, late entry, strata and weights: the fit is where the likelihood is flat."""
    n = 200
    entry = rng.integers(0, 5, n)
    stop, event = entry + rng.integers(1, 8, n), rng.integers(0, 2, n)
    x, weights, strata = rng.normal(size=(n, 2)), rng.uniform(0.5, 2, n), rng.integers(0, 3, n)
    fit = stats.cox_regression(stop, event, x, entry=entry, weights=weights, strata=strata)
    flat = _efron_by_hand(fit.coefficients, stop, event, x, entry, weights, strata)
    assert fit.log_likelihood == pytest.approx(flat)
    for step in ([1e-3, 0], [0, 1e-3], [-1e-3, 1e-3]):
        moved = _efron_by_hand(fit.coefficients + step, stop, event, x, entry, weights, strata)
        curvature = np.array(step) @ np.linalg.inv(fit.covariance) @ step
        assert flat - moved == pytest.approx(curvature / 2, rel=0.02)


def _efron_by_hand(beta, stop, event, x, entry, weights, strata) -> float:
    """The textbook double loop, kept slow and plain to check the fast one."""
    total, hazard = 0.0, weights * np.exp(x @ beta)
    for stratum, day in {(s, t) for s, t, e in zip(strata, stop, event, strict=True) if e}:
        risk = (strata == stratum) & (entry < day) & (day <= stop)
        dead = risk & (stop == day) & (event == 1)
        count = dead.sum()
        total += weights[dead] @ (x[dead] @ beta)
        for step in range(count):
            people = hazard[risk].sum() - step / count * hazard[dead].sum()
            total -= weights[dead].mean() * np.log(people)
    return total


def test_the_fit_recovers_a_planted_hazard_ratio(rng):
    """True log hazard ratios -0.36 and 0.5; over 200 programmes the errors and the coverage are honest."""
    truth, found, errors = np.array([np.log(0.7), 0.5]), [], []
    for _ in range(200):
        x = np.column_stack([rng.integers(0, 2, 300), rng.normal(size=300)])
        life, leave = rng.exponential(np.exp(-x @ truth)), rng.exponential(1.5, 300)
        fit = stats.cox_regression(np.minimum(life, leave), life <= leave, x)
        found.append(fit.coefficients)
        errors.append(fit.standard_errors)
    bias = np.mean(found, axis=0) - truth
    assert np.abs(bias).max() < 0.04
    assert np.mean(errors, axis=0) / np.std(found, axis=0) == pytest.approx([1, 1], abs=0.15)
    covered = np.abs(np.array(found) - truth) < 1.96 * np.array(errors)
    assert (covered.mean(axis=0) > 0.9).all()


def test_robust_errors_of_recurrent_events_cover_where_model_errors_do_not(rng):
    """People differ (gamma frailty), so model errors are too small and robust ones are about right."""
    model, robust = [], []
    for _ in range(200):
        rows = _recurrent(rng, people=100)
        fit = stats.cox_regression(rows[1], rows[2], {"treated": rows[3]}, entry=rows[0], cluster=rows[4])
        model.append(abs(fit.coefficients[0] - np.log(0.7)) < 1.96 * fit.standard_errors[0])
        robust.append(abs(fit.coefficients[0] - np.log(0.7)) < 1.96 * fit.robust_standard_errors[0])
    assert np.mean(robust) > 0.89
    assert np.mean(model) < np.mean(robust) - 0.05


def _recurrent(rng: np.random.Generator, people: int) -> np.ndarray:
    """Episodes (entry, stop, event, treated, person) of a two-year follow-up at rate 1.5, ratio 0.7."""
    rows = []
    for person in range(people):
        rate = 1.5 * rng.gamma(2, 0.5) * (0.7 if person % 2 else 1.0)
        now = 0.0
        while now < 2.0:
            end = now + rng.exponential(1 / rate)
            rows.append((now, min(end, 2.0), end < 2.0, person % 2, person))
            now = end
    return np.array(rows, dtype=float).T


def test_time_varying_treatment_undoes_immortal_time(rng):
    """No effect at all, treatment after a wait: "ever treated" looks protective, the split rows do not."""
    life, wait = rng.exponential(1.0, 4000), rng.exponential(0.8, 4000)
    end, event = np.minimum(life, 2.0), life < 2.0
    ever = wait < end
    naive = stats.cox_regression(end, event, {"ever": ever})
    entry = np.concatenate([np.zeros(4000), wait[ever]])
    stop = np.concatenate([np.where(ever, wait, end), end[ever]])
    ended = np.concatenate([event & ~ever, event[ever]])
    treated = np.concatenate([np.zeros(4000), np.ones(ever.sum())])
    split = stats.cox_regression(stop, ended, {"treated": treated}, entry=entry)
    assert naive.hazard_ratio("ever").high < 0.7
    assert split.hazard_ratio("treated").low < 1 < split.hazard_ratio("treated").high


def test_a_group_without_any_event_is_refused_though_others_have_many(rng):
    """Monotone likelihood: the coefficient runs away while the likelihood has stopped rising."""
    treated, age = rng.random(4000) < 0.02, rng.normal(size=4000)
    event = (rng.random(4000) < 0.5) & ~treated
    with pytest.raises(stats.NotIdentified, match=r"'treated'.*infinite or zero"):
        stats.cox_regression(rng.exponential(1, 4000), event, {"age": age, "treated": treated})


def test_a_large_but_finite_effect_in_a_rare_group_is_estimated(rng):
    rare = np.arange(20_000) % 1000 == 0
    life, leave = rng.exponential(np.where(rare, np.exp(3), 1.0)), rng.uniform(0, 2, 20_000)
    life[0] = 0.5 * leave[0]
    fit = stats.cox_regression(np.minimum(life, leave), life <= leave, {"rare": rare})
    assert -5 < fit.log_hazard_ratio("rare").estimate < -1


def test_rows_that_end_as_they_begin_are_said():
    fit = stats.cox_regression([0, 0, 2, 3, 4, 5], [1, 0, 1, 1, 0, 1], {"x": [1, 0, 1, 0, 1, 0]})
    assert any("2 rows end at time 0" in caution for caution in fit.cautions)


def test_a_covariate_on_an_awkward_scale_changes_only_its_unit(rossi):
    plain = stats.cox_regression(rossi.week, rossi.arrest, {"age": rossi.age, "fin": rossi.fin})
    awkward = stats.cox_regression(rossi.week, rossi.arrest, {"age": 1e6 + rossi.age / 1000, "fin": rossi.fin})
    assert awkward.coefficients == pytest.approx(plain.coefficients * [1000, 1], rel=1e-5)


def test_few_events_and_few_clusters_are_said(rossi):
    rows = rossi[:60]
    fit = stats.cox_regression(rows.week, rows.arrest, rows[["age", "prio", "fin"]], cluster=rows.index % 5)
    assert any("fewer than 10" in caution for caution in fit.cautions)
    assert any("5 clusters" in caution for caution in fit.cautions)
