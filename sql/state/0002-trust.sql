-- Trust: what waits for an approval, what the limits of `safety` have let through lately, and what was decided by hand.

-- Changes that wait until somebody approves them: at most one a person. A change is what is to be done to this person, not
-- what is held before: it stays the same while the wish does.
DROP TABLE hold;
UPDATE tally SET n = 0 WHERE name = 'hold';

CREATE TABLE hold (
        key        TEXT NOT NULL PRIMARY KEY,
        kind       INTEGER NOT NULL,            -- which limit, or the first plan: HoldKind
        level      INTEGER NOT NULL,            -- of the limit of one access level: its id; else 0
        change     BLOB NOT NULL,               -- keyed digest of the wish
        what       TEXT NOT NULL,               -- the wish, for people: "left", "absent from HR", "gains 2 levels"
        seq        INTEGER NOT NULL,            -- grows with each: an approval reaches those that were there when it was shown
        since_usec INTEGER NOT NULL,
        approval   INTEGER                      -- the history's entry that lets it go; null: held
) STRICT, WITHOUT ROWID;

CREATE INDEX hold_order ON hold (kind, level, key) WHERE approval IS NULL;
CREATE INDEX hold_approved ON hold (key) WHERE approval IS NOT NULL;

-- What is held for one reason: how many, since when, and the sum of their digests, of which the group's own is made.
CREATE TABLE hold_group (
        kind       INTEGER NOT NULL,
        level      INTEGER NOT NULL,
        n          INTEGER NOT NULL,
        sum        INTEGER NOT NULL,
        since_usec INTEGER NOT NULL,
        PRIMARY KEY (kind, level)
) STRICT, WITHOUT ROWID;

-- Digests that somebody was shown, and what each stood for.
CREATE TABLE shown (
        digest     TEXT NOT NULL PRIMARY KEY,
        kind       INTEGER NOT NULL,
        level      INTEGER NOT NULL,
        seq        INTEGER NOT NULL,            -- holds up to this one
        n          INTEGER NOT NULL,
        shown_usec INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX shown_age ON shown (shown_usec);

-- Who was let through, and counts against a limit until safety.window is over. Approved changes do not count.
CREATE TABLE spent (
        kind    INTEGER NOT NULL,               -- HoldKind
        level   INTEGER NOT NULL,               -- of the limit of one access level: its id; else 0
        key     TEXT NOT NULL,
        at_usec INTEGER NOT NULL,
        PRIMARY KEY (kind, level, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_at ON spent (kind, level, at_usec);
CREATE INDEX spent_age ON spent (at_usec);

-- What a queued change gives may be held while what it takes goes on.
ALTER TABLE queue ADD COLUMN take_only INTEGER NOT NULL DEFAULT 0;

-- Of a creation whose outcome is not known: by what the user that it may have made is told from somebody else's.
ALTER TABLE verify ADD COLUMN sent_last_name TEXT;
ALTER TABLE verify ADD COLUMN sent_email TEXT;
ALTER TABLE verify ADD COLUMN sent_card_num TEXT;

-- Locked by hand: out, whatever HR says, until unlocked.
CREATE TABLE lock (
        key        TEXT NOT NULL PRIMARY KEY,
        reason     TEXT NOT NULL,
        by_whom    TEXT NOT NULL,               -- "user id 0"
        since_usec INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO tally (name, n) VALUES ('lock', 0);

CREATE TRIGGER lock_added AFTER INSERT ON lock BEGIN
        UPDATE tally SET n = n + 1 WHERE name = 'lock';
END;
CREATE TRIGGER lock_removed AFTER DELETE ON lock BEGIN
        UPDATE tally SET n = n - 1 WHERE name = 'lock';
END;

-- Not this one: a link that somebody has undone is not made again by itself. lockt_id 0: none of Lockt's users is this
-- person, whom they look like: a new one may be created.
CREATE TABLE apart (
        key        TEXT NOT NULL,
        lockt_id   INTEGER NOT NULL,
        by_whom    TEXT NOT NULL,
        since_usec INTEGER NOT NULL,
        PRIMARY KEY (key, lockt_id)
) STRICT, WITHOUT ROWID;

-- Whom a `revert` has set back: HR's row, unchanged since, is not acted upon. Ends when the row changes.
CREATE TABLE reverted (
        key        TEXT NOT NULL PRIMARY KEY,
        cycle      INTEGER NOT NULL,            -- the cycle that was reverted
        since_usec INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Linked users who are disabled in Lockt: by us, or by hand.
CREATE INDEX user_disabled ON user (id) WHERE linked = 1 AND enabled = 0 AND missing = 0;
