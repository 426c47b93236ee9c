-- What locktsync is shown of the HR database. For its DBA: adapt the views to your tables, and keep their columns.
--
--     psql -d hr -f sql/hr/30-locktsync-view.sql
--
-- -v role=NAME    the role of 20-locktsync-role.sql; default: locktsync
-- -v loader=NAME  the role of the nightly load, if there is one, and if it is not the owner of these tables
--
-- Run it as the owner of the HR tables (or a superuser): the views read with their owner's rights, so the role itself
-- needs no right to any table, and sees no salary, birthday or home address. Running it again does no harm; the
-- daemon sees the old views until the COMMIT and the new ones after it.

\set ON_ERROR_STOP on
\if :{?role} \else \set role locktsync \endif

BEGIN;

CREATE SCHEMA IF NOT EXISTS locktsync;
COMMENT ON SCHEMA locktsync IS 'What locktsync reads. Nothing else belongs here.';

/*
 * One row for everybody who has a personnel number, whatever happened since:
 *
 *   - Who was hired again has two employments. The one that holds today is shown; if none does, the newest, be it past
 *     (a leaver) or to come (a starter). The change from one to the next comes with midnight, by itself.
 *   - Of positions, the one of today is shown; for who is yet to start, the one of the first day, so that access can be
 *     prepared; for who has left, the one of the last day, so that the end of that day is still known to be Honolulu's
 *     when it is over here. If two overlap, the newer one. If there is none, department, site and the like are null.
 *   - Of badges, the one that has not been given back.
 *   - Who has left stays, with status 'left': a row that says so is better evidence than a row that is missing.
 *     Somebody without any employment (a half-entered record) is shown with status null; locktsync then leaves his
 *     access as it is, and says so.
 *
 * "Today" is the current_date of the reading session, which 20-locktsync-role.sql sets to the company's time zone.
 *
 * How it is read, and how fast (PostgreSQL 15, a million people from generate-people.sql, all in memory, one core):
 *
 *   - Everybody, ORDER BY employee_id COLLATE "C", every minute or so: 3.5 s. The plan is a chain of merge joins over
 *     the indexes, without sort, hash or temporary file, and its first row comes within a millisecond. The anti-joins
 *     below (LEFT JOIN … better … WHERE better IS NULL) say the same as a LATERAL subquery with LIMIT 1 for each person
 *     would, which takes 6 s; and the ORDER BY in the view lets that order reach whoever asks for it, through the
 *     barrier: without it, everything is sorted once more, on disk. (For some ten thousand people PostgreSQL prefers
 *     hash joins and one sort: 0.1 s.)
 *   - One person or a few, WHERE employee_id = $1 or = ANY ($1), right after a notification: 0.7 ms. EXPLAIN shows
 *     index scans on people, contacts, badges, employments and positions, each with "Index Cond: (employee_id = …)".
 *
 * Both need an index on employee_id that is ordered as COLLATE "C" orders, for the view's column has that collation. Here
 * the columns do. If yours have not, say p.employee_id COLLATE "C" AS employee_id in the view, the same in the joins,
 * and: CREATE INDEX ON hr.people (employee_id COLLATE "C"); likewise on the tables joined to it.
 *
 * security_barrier: no condition of a curious reader is run on rows that the view leaves out, such as returned badges.
 */
CREATE OR REPLACE VIEW locktsync.people WITH (security_barrier) AS
SELECT p.employee_id,
       p.given_name,
       p.family_name,
       c.work_email,
       c.mobile,
       b.card_no AS badge_no,
       d.name AS department,
       s.site_code AS site,
       o.job_title,
       e.hired_on,
       e.leaves_on,
       e.status,
       s.time_zone AS site_tz,
       o.access_profile
  FROM hr.people AS p
  LEFT JOIN hr.contacts AS c ON c.employee_id = p.employee_id
  LEFT JOIN hr.badges AS b ON b.employee_id = p.employee_id AND b.returned_on IS NULL

  -- The employment: one that holds today is better than one that does not, and then the newer one is.
  LEFT JOIN hr.employments AS e ON e.employee_id = p.employee_id
  LEFT JOIN hr.employments AS better_e
            ON better_e.employee_id = p.employee_id
           AND (current_date BETWEEN better_e.hired_on AND coalesce(better_e.leaves_on, 'infinity'), better_e.hired_on)
             > (current_date BETWEEN e.hired_on AND coalesce(e.leaves_on, 'infinity'), e.hired_on)

  -- The position: of those that hold today, but not before the first day nor after the last, the one that began last.
  LEFT JOIN hr.positions AS o
            ON o.employee_id = p.employee_id
           AND greatest(least(current_date, e.leaves_on), e.hired_on)
               BETWEEN o.from_date AND coalesce(o.to_date, 'infinity')
  LEFT JOIN hr.positions AS better_o
            ON better_o.employee_id = p.employee_id
           AND greatest(least(current_date, e.leaves_on), e.hired_on)
               BETWEEN better_o.from_date AND coalesce(better_o.to_date, 'infinity')
           AND better_o.from_date > o.from_date

  LEFT JOIN hr.departments AS d ON d.department_id = o.department_id
  LEFT JOIN hr.sites AS s ON s.site_code = o.site_code
 WHERE better_e.employee_id IS NULL
   AND better_o.employee_id IS NULL
 ORDER BY p.employee_id;

COMMENT ON VIEW locktsync.people IS 'People as the doors are to know them, one row each. Read by locktsync.';

/* Fobs, for those who have them. */
CREATE OR REPLACE VIEW locktsync.fobs WITH (security_barrier) AS
SELECT fob_no, label, card_no, holder_id, valid_from, valid_until
  FROM hr.fobs
 ORDER BY fob_no;

COMMENT ON VIEW locktsync.fobs IS 'Fobs and their holders. Read by locktsync.';

/*
 * As of when the HR data is what it is, for hr.as_of in locktsync.yaml. Only for databases that are filled by a load,
 * from payroll say; where people work on the tables themselves, leave hr.as_of out and this table alone.
 *
 * The load says that it begins, in a transaction of its own, so that everybody sees it; and at the end, in its last
 * transaction, as of when the data is:
 *
 *     UPDATE locktsync.load SET loaded_at = NULL;
 *     …
 *     UPDATE locktsync.load SET loaded_at = '2024-03-01 02:00:00+01';
 *
 * In between, and for ever if it fails half-way, locktsync takes access from nobody on account of missing rows.
 */
CREATE TABLE IF NOT EXISTS locktsync.load (
        only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        loaded_at       timestamptz
);
COMMENT ON TABLE locktsync.load IS
        'One row: as of when the HR data is. Null while it is being loaded. Read by locktsync.';

INSERT INTO locktsync.load (loaded_at) VALUES (now()) ON CONFLICT DO NOTHING;

-- The role reads these three, and nothing else here that may come later.
GRANT USAGE ON SCHEMA locktsync TO :"role";
GRANT SELECT ON locktsync.people, locktsync.fobs TO :"role";
GRANT SELECT (loaded_at) ON locktsync.load TO :"role";

\if :{?loader}
GRANT USAGE ON SCHEMA locktsync TO :"loader";
GRANT SELECT (loaded_at), UPDATE (loaded_at) ON locktsync.load TO :"loader";
\endif

COMMIT;
