-- What the shadow found, as the compare worker keeps it. Every statement may be repeated.
CREATE SCHEMA IF NOT EXISTS bridge;

-- What became of the samples, by hour.
CREATE TABLE IF NOT EXISTS bridge.parity (
    capability text NOT NULL,
    hour timestamptz NOT NULL,
    outcome text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (capability, hour, outcome)
);

-- Differences, clustered: one row for each place, route and kind. Values only as redaction lets them.
CREATE TABLE IF NOT EXISTS bridge.divergence (
    signature text PRIMARY KEY,
    capability text NOT NULL,
    route text NOT NULL,
    path text NOT NULL,
    kind text NOT NULL,
    count bigint NOT NULL,             -- answers of modern that differ
    noise bigint NOT NULL,             -- answers of legacy that differ from legacy's own
    legacy text NOT NULL,              -- a sample of both sides, the last one
    modern text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS divergence_by_capability ON bridge.divergence (capability, last_at);

-- How much each rule hid while it was valid, and would have hidden afterwards.
CREATE TABLE IF NOT EXISTS bridge.parity_rule (
    name text PRIMARY KEY,
    ignored bigint NOT NULL,
    expired bigint NOT NULL,
    last_at timestamptz NOT NULL
);

-- The last report taken of each run of a facade's worker: none is taken twice, and gaps are seen.
CREATE TABLE IF NOT EXISTS bridge.parity_reporter (
    run text PRIMARY KEY,
    number bigint NOT NULL,
    last_at timestamptz NOT NULL
);
