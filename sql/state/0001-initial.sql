-- The state of locktsync, first layout. Applied in one transaction; PRAGMA user_version is set to 1 with it.
--
-- Times end in _usec (microseconds since 1970, UTC) unless they are instants of Lockt (seconds since 1970; null: none).
-- Flags are 0 or 1. Levels are ids, ascending, as "12,34"; null where they are not known. A PIN is never here, only its
-- keyed digest, whose key lies outside this file.


-- Single facts ------------------------------------------------------------------------------------------------------

CREATE TABLE fact (
        name   TEXT NOT NULL PRIMARY KEY,       -- who uses it, a dot, what it is: "snapshot.listed"
        number INTEGER,                         -- exactly one of the three is not null
        text   TEXT,
        bytes  BLOB
) STRICT, WITHOUT ROWID;

-- How many rows there are of what is counted at every cycle; kept by the triggers below, so that nobody can forget it.
CREATE TABLE tally (
        name TEXT NOT NULL PRIMARY KEY,
        n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO tally (name, n) VALUES
        ('user', 0),                            -- users that are not missing
        ('person', 0), ('link', 0), ('park', 0), ('hold', 0),
        ('queue 0', 0), ('queue 1', 0), ('queue 2', 0);         -- by lane


-- The snapshot: a cache of what Lockt was seen to hold or has acknowledged ------------------------------------------

CREATE TABLE user (
        id               INTEGER PRIMARY KEY,   -- Lockt's own
        -- What a listing asks of each user comes first, so that the rest of the row is not parsed for it.
        digest           BLOB NOT NULL,         -- keyed, of the record as it was seen or acknowledged last
        missing          INTEGER NOT NULL,      -- not in the last complete listing, or a single read found nobody
        listed           INTEGER NOT NULL,      -- in the last applied listing: fact "snapshot.listed" counts as seen
        acked_usec       INTEGER NOT NULL,      -- when a write of ours for it was acknowledged last; 0: never
        seen_usec        INTEGER NOT NULL,      -- start of the last single read, or listing that changed it
        stale_usec       INTEGER NOT NULL,      -- only what is seen after this is to be built on; 0: no such mark
        unclear          INTEGER NOT NULL,      -- contradicting twins, or a property that can't be understood
        linked           INTEGER NOT NULL,      -- table link has it; kept by the triggers of link
        id_num           TEXT,
        first_name       TEXT,
        last_name        TEXT,
        card_num         TEXT,
        credential_key   TEXT,
        email            TEXT,
        phone            TEXT,
        access_effective INTEGER,               -- instant
        access_expires   INTEGER,               -- instant
        enabled          INTEGER NOT NULL,
        levels           TEXT
) STRICT;

-- Its lookups by id_num, e-mail, card number and name came later (0004-lookups.sql). Here: who is there, and who of them
-- is linked to nobody; and linked people who have access, by the end of it.
CREATE INDEX user_present ON user (id, linked) WHERE missing = 0;
CREATE INDEX user_access ON user (access_expires) WHERE linked = 1 AND enabled = 1 AND missing = 0;

CREATE TRIGGER user_added AFTER INSERT ON user WHEN new.missing = 0 BEGIN
        UPDATE tally SET n = n + 1 WHERE name = 'user';
END;
CREATE TRIGGER user_moved AFTER UPDATE OF missing ON user WHEN old.missing <> new.missing BEGIN
        UPDATE tally SET n = n + old.missing - new.missing WHERE name = 'user';
END;
CREATE TRIGGER user_removed AFTER DELETE ON user WHEN old.missing = 0 BEGIN
        UPDATE tally SET n = n - 1 WHERE name = 'user';
END;

-- Ids that are fobs: they stand in the list of users too, and must never be taken for people.
CREATE TABLE fob (
        id INTEGER PRIMARY KEY
) STRICT;

-- Access levels as Lockt listed them last, and the last id that each name ever had.
CREATE TABLE level (
        id   INTEGER PRIMARY KEY,
        name TEXT NOT NULL
) STRICT;

CREATE TABLE level_binding (
        name      TEXT NOT NULL PRIMARY KEY,
        id        INTEGER NOT NULL,
        seen_usec INTEGER NOT NULL              -- when a list had it last
) STRICT, WITHOUT ROWID;


-- The ledger: precious ----------------------------------------------------------------------------------------------

-- One row an HR key. Read in the order of the keys, every cycle, beside HR's rows: so its rows are narrow.
CREATE TABLE person (
        key               TEXT NOT NULL PRIMARY KEY,
        digest            BLOB,                 -- keyed, of the row behind the last evaluation; null: evaluate it anew
        absent_since_usec INTEGER,              -- steady time of the first complete read without it; null: present
        gone              INTEGER NOT NULL,     -- its absence has been believed and acted upon
        read              INTEGER NOT NULL,     -- number of the read behind the last evaluation
        revoked_read      INTEGER NOT NULL,     -- number of the read behind the last revocation; 0: none
        boundary          INTEGER               -- instant at which it changes by itself; null: never
) STRICT, WITHOUT ROWID;

CREATE INDEX person_boundary ON person (boundary) WHERE boundary IS NOT NULL;

CREATE TRIGGER person_added AFTER INSERT ON person BEGIN
        UPDATE tally SET n = n + 1 WHERE name = 'person';
END;
CREATE TRIGGER person_removed AFTER DELETE ON person BEGIN
        UPDATE tally SET n = n - 1 WHERE name = 'person';
END;

-- Which HR key is which Lockt user, and what locktsync itself did to it.
CREATE TABLE link (
        key           TEXT NOT NULL PRIMARY KEY,
        lockt_id      INTEGER NOT NULL,         -- 0: created, its id not learnt yet
        linked_usec   INTEGER NOT NULL,
        disabled_usec INTEGER NOT NULL,         -- when locktsync itself disabled it; 0: it did not
        granted       TEXT NOT NULL,            -- levels that locktsync itself granted
        pin_digest    BLOB,                     -- keyed, of the PIN that was acknowledged last
        unknown_give  INTEGER NOT NULL          -- a giving write's outcome was unknown since the last seen revocation
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX link_user ON link (lockt_id) WHERE lockt_id <> 0;
CREATE INDEX link_unlearnt ON link (key) WHERE lockt_id = 0;

CREATE TRIGGER link_added AFTER INSERT ON link BEGIN
        UPDATE tally SET n = n + 1 WHERE name = 'link';
        UPDATE user SET linked = 1 WHERE id = new.lockt_id;
END;
CREATE TRIGGER link_moved AFTER UPDATE OF lockt_id ON link WHEN old.lockt_id <> new.lockt_id BEGIN
        UPDATE user SET linked = 0 WHERE id = old.lockt_id;
        UPDATE user SET linked = 1 WHERE id = new.lockt_id;
END;
CREATE TRIGGER link_removed AFTER DELETE ON link BEGIN
        UPDATE tally SET n = n - 1 WHERE name = 'link';
        UPDATE user SET linked = 0 WHERE id = old.lockt_id;
END;

-- The retry queue: a key and the newest desired values, that each newer read replaces.
CREATE TABLE queue (
        key              TEXT NOT NULL PRIMARY KEY,
        lane             INTEGER NOT NULL,      -- 0 take, 1 change, 2 create: also the order of delivery
        withheld         INTEGER NOT NULL,      -- parked, and not in lane 0; kept by the triggers of park too
        queued_usec      INTEGER NOT NULL,      -- when this key came into the queue
        changed_usec     INTEGER NOT NULL,      -- when the desired values came
        taking_usec      INTEGER,               -- when it came into lane 0; null outside of it
        next_usec        INTEGER NOT NULL,      -- not before; 0: at once
        attempts         INTEGER NOT NULL,      -- failures in a row
        split            INTEGER NOT NULL,      -- at most so many records in one write with it; 0: no bound
        probing          INTEGER NOT NULL,      -- its record must be read first
        read             INTEGER NOT NULL,      -- number of the read behind it
        why              TEXT,                  -- for people: "hired", "left", "changed"
        last_error       TEXT,
        standing         INTEGER NOT NULL,      -- 0 in, 1 out (its row says so), 2 unclear, 3 absent
        mapped           INTEGER NOT NULL,      -- bits of the properties that the mapping sets
        keep             INTEGER NOT NULL,      -- of those, the ones whose empty HR value keeps what Lockt has
        excluded         INTEGER NOT NULL,
        boundary         INTEGER,               -- instant at which the desired values change by themselves; null: never
        fault            TEXT,                  -- why the record can't be carried; null: sound
        pin_wanted       INTEGER NOT NULL,
        pin_digest       BLOB NOT NULL,         -- keyed, of the PIN that HR has; zeros without one
        give_up_card     INTEGER NOT NULL,      -- somebody else is to have what this leaver holds
        give_up_email    INTEGER NOT NULL,
        -- The desired values.
        id_num           TEXT,
        first_name       TEXT,
        last_name        TEXT,
        card_num         TEXT,
        credential_key   TEXT,
        email            TEXT,
        phone            TEXT,
        access_effective INTEGER,
        access_expires   INTEGER,
        enabled          INTEGER NOT NULL,
        levels           TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX queue_order ON queue (lane, withheld, probing, queued_usec, key, next_usec);
CREATE INDEX queue_next ON queue (lane, withheld, probing, next_usec);
CREATE INDEX queue_probe ON queue (next_usec, lane, key) WHERE probing = 1 AND withheld = 0;
CREATE INDEX queue_taking ON queue (taking_usec) WHERE taking_usec IS NOT NULL;
CREATE INDEX queue_card_num ON queue (card_num) WHERE card_num IS NOT NULL;
CREATE INDEX queue_email ON queue (email COLLATE NOCASE) WHERE email IS NOT NULL;

CREATE TRIGGER queue_added AFTER INSERT ON queue BEGIN
        UPDATE tally SET n = n + 1 WHERE name = 'queue ' || new.lane;
END;
CREATE TRIGGER queue_moved AFTER UPDATE OF lane ON queue WHEN old.lane <> new.lane BEGIN
        UPDATE tally SET n = n - 1 WHERE name = 'queue ' || old.lane;
        UPDATE tally SET n = n + 1 WHERE name = 'queue ' || new.lane;
END;
CREATE TRIGGER queue_removed AFTER DELETE ON queue BEGIN
        UPDATE tally SET n = n - 1 WHERE name = 'queue ' || old.lane;
END;

-- Whose data and grants are withheld, and why. Never a revocation.
CREATE TABLE park (
        key        TEXT NOT NULL PRIMARY KEY,
        kind       INTEGER NOT NULL,            -- 0 data, 1 conflict, 2 refused, 3 status (or several rows)
        reason     TEXT NOT NULL,
        since_usec INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER park_added AFTER INSERT ON park BEGIN
        UPDATE tally SET n = n + 1 WHERE name = 'park';
        UPDATE queue SET withheld = 1 WHERE key = new.key AND lane <> 0;
END;
CREATE TRIGGER park_removed AFTER DELETE ON park BEGIN
        UPDATE tally SET n = n - 1 WHERE name = 'park';
        UPDATE queue SET withheld = 0 WHERE key = old.key;
END;

-- Whose loss of access the ceiling holds back.
CREATE TABLE hold (
        key        TEXT NOT NULL PRIMARY KEY,
        why        TEXT NOT NULL,
        since_usec INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER hold_added AFTER INSERT ON hold BEGIN
        UPDATE tally SET n = n + 1 WHERE name = 'hold';
END;
CREATE TRIGGER hold_removed AFTER DELETE ON hold BEGIN
        UPDATE tally SET n = n - 1 WHERE name = 'hold';
END;

-- Records of writes that were marked before they left and whose outcome is not recorded yet.
CREATE TABLE flight (
        key              TEXT NOT NULL PRIMARY KEY,
        write            INTEGER NOT NULL,      -- number of the write
        lane             INTEGER NOT NULL,
        gives            INTEGER NOT NULL,      -- whether it could give access
        marked_usec      INTEGER NOT NULL,
        read             INTEGER NOT NULL,      -- number of the read behind it
        pin_sent         INTEGER NOT NULL,
        pin_digest       BLOB NOT NULL,
        -- What the body says.
        lockt_id         INTEGER NOT NULL,      -- 0: a creation
        id_num           TEXT,
        first_name       TEXT,
        last_name        TEXT,
        card_num         TEXT,
        credential_key   TEXT,
        email            TEXT,
        phone            TEXT,
        access_effective INTEGER,
        access_expires   INTEGER,
        enabled          INTEGER NOT NULL,
        levels           TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX flight_write ON flight (write);

-- Revocations that were acknowledged and are to be seen by reading.
CREATE TABLE verify (
        key          TEXT NOT NULL PRIMARY KEY,
        revoked_usec INTEGER NOT NULL,          -- when it was decided
        acked_usec   INTEGER NOT NULL,
        due_usec     INTEGER NOT NULL,
        step         INTEGER NOT NULL,          -- 0 the first look; 1, 2, 3 after 1, 5 and 15 minutes
        confirmed    INTEGER NOT NULL           -- it has been seen at least once
) STRICT, WITHOUT ROWID;

CREATE INDEX verify_due ON verify (due_usec);
CREATE INDEX verify_unconfirmed ON verify (revoked_usec) WHERE confirmed = 0;

-- Texts that Lockt keeps in another form than they were sent.
CREATE TABLE echo (
        key      TEXT NOT NULL,
        property TEXT NOT NULL,                 -- the API's name
        sent     TEXT NOT NULL,
        seen     TEXT NOT NULL,
        PRIMARY KEY (key, property)
) STRICT, WITHOUT ROWID;

-- What was done. Append-only: hash is BLAKE2b-256 of the hash before it and of the entry.
CREATE TABLE history (
        id       INTEGER PRIMARY KEY,           -- 1, 2, 3 … without gaps
        at_usec  INTEGER NOT NULL,
        cycle    INTEGER NOT NULL,
        key      TEXT,                          -- null: about no single person
        action   TEXT NOT NULL,
        detail   TEXT,                          -- a JSON object
        previous BLOB NOT NULL,
        hash     BLOB NOT NULL
) STRICT;

CREATE INDEX history_key ON history (key, id) WHERE key IS NOT NULL;

-- The two ends of the chain: the last entry that was dropped for its age, and the last one that was appended.
CREATE TABLE history_end (
        name TEXT NOT NULL PRIMARY KEY,         -- "anchor", "head"
        id   INTEGER NOT NULL,
        hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO history_end (name, id, hash) VALUES ('anchor', 0, zeroblob(32)), ('head', 0, zeroblob(32));
