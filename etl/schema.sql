-- The bridge's own tables in PostgreSQL. Every statement may be repeated.
CREATE SCHEMA IF NOT EXISTS bridge;

-- How far the follower is: one row, updated in the transaction of the rows it speaks of.
CREATE TABLE IF NOT EXISTS bridge.position (
    name text PRIMARY KEY CHECK (name = 'follow'),
    server text NOT NULL,              -- a position means nothing on another server
    file text NOT NULL,
    "offset" bigint NOT NULL,
    gtid text,                         -- for another server, after a failover; file is empty then
    acked bigint NOT NULL,             -- the last outbox entry contained in the log up to here
    source_at timestamptz,             -- legacy's clock at the last transaction applied
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'following'
        CHECK (state IN ('following', 'needs resnapshot')),
    detail text NOT NULL DEFAULT ''
);
-- When the file was begun, in legacy's unix seconds: another moment is another log. 0: not known.
ALTER TABLE bridge.position ADD COLUMN IF NOT EXISTS begun bigint NOT NULL DEFAULT 0;

-- How far the snapshot of each table is. Changes in the log up to `since` are in the snapshot.
CREATE TABLE IF NOT EXISTS bridge.checkpoint (
    source text PRIMARY KEY,
    since_file text NOT NULL,
    since_offset bigint NOT NULL,
    last_key bytea,                    -- as legacy spells it
    copied bigint NOT NULL DEFAULT 0,
    done boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'needs schema')),
    detail text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- A table whose rows the log does not tell any more waits for a new snapshot; the others go on.
ALTER TABLE bridge.checkpoint DROP CONSTRAINT IF EXISTS checkpoint_state_check;
ALTER TABLE bridge.checkpoint ADD CONSTRAINT checkpoint_state_check
    CHECK (state IN ('ok', 'needs schema', 'needs resnapshot'));
-- A table that is copied anew: what legacy no longer has is deleted at the end.
ALTER TABLE bridge.checkpoint ADD COLUMN IF NOT EXISTS sweep boolean NOT NULL DEFAULT false;

-- Copies that a running follower makes beside the log: of a table, of a range of its keys, or of rows.
CREATE TABLE IF NOT EXISTS bridge.recopy (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    after bytea,                       -- the range of keys, as legacy spells them; NULL is open
    upto bytea,
    keys bytea[],                      -- these rows instead of a range
    sweep boolean NOT NULL,            -- whether what legacy no longer has is deleted as well
    phase text NOT NULL DEFAULT 'copying'
        CHECK (phase IN ('copying', 'sweeping', 'done', 'failed')),
    last_key bytea,                    -- of the phase
    copied bigint NOT NULL DEFAULT 0,
    deleted bigint NOT NULL DEFAULT 0,
    detail text NOT NULL DEFAULT '',
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS recopy_open ON bridge.recopy (id) WHERE phase IN ('copying', 'sweeping');

-- What a backfill has still to copy: ranges of keys, in the order in which they are taken. A worker
-- locks the one it is at; it moves `after` on, or deletes the range, in the transaction of the rows.
CREATE TABLE IF NOT EXISTS bridge.chunk (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    after bytea,                       -- as legacy spells it; NULL is the beginning of the table
    upto bytea                         -- this key included; NULL is the end of the table
);
CREATE INDEX IF NOT EXISTS chunk_by_source ON bridge.chunk (source);

-- Indexes that were dropped for the time of a copy, and the statement that makes each again.
CREATE TABLE IF NOT EXISTS bridge.held_index (
    name text PRIMARY KEY,
    source text NOT NULL,
    definition text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- There is a row while a person wants all backfills to rest.
CREATE TABLE IF NOT EXISTS bridge.pause (
    name text PRIMARY KEY CHECK (name = 'backfill'),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- When each table was last verified to its end, and how far the pass under way is.
CREATE TABLE IF NOT EXISTS bridge.verified (
    source text PRIMARY KEY,
    began_at timestamptz NOT NULL,
    reached bigint,                    -- the key; NULL when no pass is under way
    seen bigint NOT NULL DEFAULT 0,    -- rows of the pass under way
    met bigint NOT NULL DEFAULT 0,     -- and its differences
    verified_at timestamptz,           -- when the last pass that reached the end began
    rows bigint NOT NULL DEFAULT 0,
    different bigint NOT NULL DEFAULT 0
);

-- Which columns a copied table has in the log, and from which place on: the log has only numbers.
CREATE TABLE IF NOT EXISTS bridge.column_history (
    source text NOT NULL,
    since_file text NOT NULL,
    since_offset bigint NOT NULL,
    known_file text NOT NULL,          -- where the log ended when they had been read
    known_offset bigint NOT NULL,
    columns jsonb NOT NULL,
    PRIMARY KEY (source, since_file, since_offset)
);

-- Rows that could not be converted or stored, as legacy has them.
CREATE TABLE IF NOT EXISTS bridge.set_aside (
    source text NOT NULL,
    key text NOT NULL,
    reason text NOT NULL,
    original bytea[] NOT NULL,         -- the columns of the table map, in its order
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, key)
);
-- Refused by PostgreSQL, so that it may fit once what is in its way is gone.
ALTER TABLE bridge.set_aside ADD COLUMN IF NOT EXISTS refused boolean NOT NULL DEFAULT false;

-- How often a rule changed a value, with the key of one such row.
CREATE TABLE IF NOT EXISTS bridge.quality (
    source text NOT NULL,
    column_name text NOT NULL,
    rule text NOT NULL,
    count bigint NOT NULL,
    sample_key text NOT NULL,
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, column_name, rule)
);

-- Modern writes on their way to legacy, recorded by the trigger below in the writer's transaction.
CREATE TABLE IF NOT EXISTS bridge.outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    source text NOT NULL,              -- the legacy table
    op "char" NOT NULL CHECK (op IN ('I', 'U', 'D')),
    key text NOT NULL,
    before jsonb,                      -- to_jsonb of the modern row, by modern's column names
    after jsonb,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS outbox_by_row ON bridge.outbox (source, key, seq);

-- Writes of both sides to one row, and which side won.
CREATE TABLE IF NOT EXISTS bridge.conflict (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seq bigint NOT NULL,
    source text NOT NULL,
    key text NOT NULL,
    op "char" NOT NULL,
    policy text NOT NULL,
    legacy jsonb,
    before jsonb,
    after jsonb,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Arguments: the legacy table, the modern key column. A changed key is a delete and an insert.
-- SECURITY DEFINER: writers need no rights on the schema of the bridge.
CREATE OR REPLACE FUNCTION bridge.capture() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bridge AS $$
DECLARE
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    old_key text := old_row ->> TG_ARGV[1];
    new_key text := new_row ->> TG_ARGV[1];
BEGIN
    IF old_row = new_row THEN
        RETURN NULL;
    END IF;
    IF old_key <> new_key THEN
        INSERT INTO outbox (source, op, key, before) VALUES (TG_ARGV[0], 'D', old_key, old_row);
        INSERT INTO outbox (source, op, key, after) VALUES (TG_ARGV[0], 'I', new_key, new_row);
        RETURN NULL;
    END IF;
    INSERT INTO outbox (source, op, key, before, after)
    VALUES (TG_ARGV[0], left(TG_OP, 1)::"char", coalesce(new_key, old_key), old_row, new_row);
    RETURN NULL;
END $$;
