"""A row of each table by its legacy name, in the order in which rows refer to each other."""

from tests.etl.tables.samples import (
    catalog,
    certificates,
    cohorts,
    enrollment,
    identity,
    learner_state,
)
from tests.etl.tables.samples.sample import Sample

SAMPLES: dict[str, Sample] = {
    **identity.SAMPLES,
    **enrollment.SAMPLES,
    **cohorts.SAMPLES,
    **catalog.SAMPLES,
    **certificates.SAMPLES,
    **learner_state.SAMPLES,
}
