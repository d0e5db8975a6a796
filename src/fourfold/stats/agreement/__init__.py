"""How far people agree who judged the same case by themselves; disagreement is where to talk, not who was wrong.

Two people       `cohen_kappa` (weighted too), `kappa_indices`, `confusion`
Several, missing `gwet_ac` (AC1, AC2), `fleiss_kappa`, `conger_kappa`, `brennan_prediger`, `krippendorff_alpha`
Without chance   `raw_agreement`, `category_agreement`, `steps_apart`
Totals           `intraclass`, `measurement_error`, `bland_altman`
In words         `landis_koch`, always with LANDIS_KOCH_NOTE

Every coefficient says its weights in words. Where nobody ever differs the answer is `Undefined`.
"""

from types import ModuleType as _Module

from fourfold.stats.agreement.alpha import DIFFERENCES, krippendorff_alpha
from fourfold.stats.agreement.coefficients import (
    brennan_prediger,
    category_agreement,
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    gwet_ac,
    raw_agreement,
)
from fourfold.stats.agreement.measurements import FORMS, bland_altman, intraclass, measurement_error
from fourfold.stats.agreement.pairs import confusion, kappa_indices, steps_apart
from fourfold.stats.agreement.terms import (
    LANDIS_KOCH_NOTE,
    NO_VARIATION,
    SAME_NUMBER,
    SAME_RATING,
    BlandAltman,
    CategoryAgreement,
    Coefficient,
    Intraclass,
    MeasurementError,
    Steps,
    TooFewCases,
    TooFewCategories,
    TooFewRaters,
    TwoByTwo,
    Undefined,
    Weights,
    landis_koch,
)
from fourfold.stats.agreement.weighting import NAMES, weights_of

__all__ = [name for name, one in vars().items() if name[0] != "_" and not isinstance(one, _Module)]
