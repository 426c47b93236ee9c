-- By what a user of Lockt is looked up. Apart from the layout: a first listing of several hundred thousand users drops
-- these and makes them again at its end, one at a time, because keeping them up to date costs ten times as much.
-- They are made wherever they are missing, also at the next start.

CREATE INDEX IF NOT EXISTS user_id_num ON user (id_num) WHERE id_num IS NOT NULL;
CREATE INDEX IF NOT EXISTS user_card_num ON user (card_num) WHERE card_num IS NOT NULL;
CREATE INDEX IF NOT EXISTS user_email ON user (email COLLATE NOCASE) WHERE email IS NOT NULL;
CREATE INDEX IF NOT EXISTS user_name ON user (last_name COLLATE NOCASE, first_name COLLATE NOCASE)
        WHERE last_name IS NOT NULL;

-- Users that Lockt has and HR does not know: counted for each status.
CREATE INDEX IF NOT EXISTS user_unlinked ON user (id) WHERE missing = 0 AND linked = 0;

-- Who lost access lately: asked before each revocation, of a history that holds everything else too.
CREATE INDEX IF NOT EXISTS history_revoked ON history (at_usec, key) WHERE action = 'revoked';
