-- Explained: when HR changed and when it was seen, and of whom HR's row is not acted upon.

-- Reads of HR that found something, for the line of times: the newest few thousand.
CREATE TABLE hr_read (
        number        INTEGER PRIMARY KEY,
        previous_usec INTEGER NOT NULL,         -- begin of the complete read before it: what it found is younger; 0: none
        notified_usec INTEGER NOT NULL,         -- when HR told of a change; 0: nobody told
        begun_usec    INTEGER NOT NULL,
        ended_usec    INTEGER NOT NULL
) STRICT;

-- The digest of HR's row when somebody was set back: a row that is still this one is not acted upon.
ALTER TABLE reverted ADD COLUMN digest BLOB;
