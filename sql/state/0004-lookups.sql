-- How users of Lockt are found by id_num, e-mail, card number and name.
--
-- Two ways, each for its rows. Ordinary indexes, for those that come or change one by one. And packed lists for what a
-- first listing brings, because hundreds of thousands of rows in the order of their ids are a random order for an
-- index, which costs ten times as much as the rows; while making an index at the end stops everything else for seconds.

ALTER TABLE user ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;  -- user_lookup has it, the indexes do not

-- Where packed users may be: of each id_num, e-mail … a keyed digest, whose first two bytes say the bucket. A bucket is
-- a sorted run of entries, of 4 more bytes of the digest and the id (8 bytes, the highest first). Written once, before
-- the rows, and never changed: whoever is found here is looked at, and counts only if he is still packed and has it.
CREATE TABLE user_lookup (
        bucket  INTEGER PRIMARY KEY,
        entries BLOB NOT NULL
) STRICT;

DROP INDEX IF EXISTS user_id_num;
DROP INDEX IF EXISTS user_card_num;
DROP INDEX IF EXISTS user_email;
DROP INDEX IF EXISTS user_name;
DROP INDEX IF EXISTS user_unlinked;
DROP INDEX IF EXISTS history_revoked;    -- who counts against a limit is in table spent

CREATE INDEX user_id_num ON user (id_num) WHERE packed = 0 AND id_num IS NOT NULL;
CREATE INDEX user_card_num ON user (card_num) WHERE packed = 0 AND card_num IS NOT NULL;
CREATE INDEX user_email ON user (email COLLATE NOCASE) WHERE packed = 0 AND email IS NOT NULL;
CREATE INDEX user_name ON user (last_name COLLATE NOCASE, first_name COLLATE NOCASE)
        WHERE packed = 0 AND last_name IS NOT NULL;

-- Users that Lockt has and HR does not know: counted for each status.
CREATE INDEX user_unlinked ON user (id) WHERE missing = 0 AND linked = 0;

-- New users are counted by who brings them (lib/state): with a trigger, SQLite copies what a listing brings once more.
DROP TRIGGER user_added;

-- Who is there is asked in the order of the ids, which the table has; and seldom.
DROP INDEX user_present;
