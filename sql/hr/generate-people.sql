-- Fills the sample company with as many synthetic people as asked for, for benchmarks: the same ones each time.
--
--     psql -d hr -v people=1000000 -f sql/hr/generate-people.sql
--
-- -v people=N    how many; P0000001 to PNNNNNNN, beside whoever is there already
-- -v today=DATE  the day that statuses and dates are relative to; default: the server's current_date
--
-- Of each thousand, 10 are yet to start, 60 have left, 15 are retired, 5 suspended, 20 on leave, 10 hired again, 20
-- without e-mail, 30 without badge, 100 have an earlier position, and 5 have access levels of their own.
-- It runs with triggers and foreign keys switched off (which takes a superuser), for speed; what it writes is right by
-- construction. At the end one empty notification tells locktsync to read everything.

\set ON_ERROR_STOP on
\if :{?people} \else \set people 10000 \endif
\if :{?today} \else \set today today \endif
\if :{?channel} \else \set channel locktsync \endif

BEGIN;

\ir sites-and-departments.sql

SET LOCAL session_replication_role = replica;
SET LOCAL synchronous_commit = off;
SET LOCAL work_mem = '64MB';

-- k numbers people from 0; the multipliers are primes, so that no two properties go hand in hand.
CREATE TEMPORARY TABLE numbers ON COMMIT DROP AS
SELECT k,
       'P' || lpad((k + 1)::text, greatest(7, length(:'people')), '0') COLLATE "C" AS employee_id,
       k * 7 % 1000 AS draw,
       date '2001-01-01' + (k * 13 % 8000)::int AS hired_on
  FROM generate_series(0::bigint, :people::bigint - 1) AS k;
ANALYZE numbers;

INSERT INTO hr.people (employee_id, given_name, family_name, birth_date)
SELECT employee_id,
       (ARRAY['Ada','Björn','Chloé','Dmitri','Eleni','Fatma','Grace','Hiroshi','Ingrid','João',
              'Karim','Linh','Minh','Nurit','Olu','Priya','Quentin','Rosa','Søren','Tomáš'])[1 + k % 20],
       (ARRAY['Ash','Birch','Cedar','Dogwood','Elm','Fir','Ginkgo','Hazel','Ivy','Juniper','Kapok','Larch','Maple',
              'Nutmeg','Oak','Pine','Quince','Rowan','Spruce','Teak','Umbrella','Viburnum','Willow'])[1 + k * 11 % 23]
           || '-' || k,
       date '1955-01-01' + (k * 17 % 17000)::int
  FROM numbers;

INSERT INTO hr.employments (employee_id, status, hired_on, leaves_on, pay_grade)
SELECT employee_id,
       CASE WHEN draw < 60 THEN 'left'
            WHEN draw < 75 THEN 'retired'
            WHEN draw < 80 THEN 'suspended'
            WHEN draw < 100 THEN 'leave'
            ELSE 'active' END,
       CASE WHEN draw BETWEEN 100 AND 109 THEN :'today'::date + 1 + (k % 60)::int ELSE hired_on END,
       CASE WHEN draw < 75 THEN greatest(hired_on, :'today'::date - 1 - (k % 900)::int)
            WHEN draw BETWEEN 110 AND 119 THEN :'today'::date + 30 + (k % 365)::int END,
       'E' || 5 + k % 11
  FROM numbers
UNION ALL
SELECT employee_id, 'left', hired_on - 2000, hired_on - 500, 'E4'
  FROM numbers
 WHERE draw BETWEEN 120 AND 129;

INSERT INTO hr.positions (employee_id, department_id, site_code, job_title, access_profile, from_date, to_date)
SELECT n.employee_id, d.department_id,
       (ARRAY['HQ','HQ','Annex','London','New York','Honolulu','Tokyo','Kathmand','Sydney'])[1 + k * 3 % 9],
       d.titles[1 + k % array_length(d.titles, 1)],
       CASE WHEN draw BETWEEN 200 AND 204 THEN ARRAY['Administration'] END,
       CASE WHEN draw BETWEEN 300 AND 399 THEN e.hired_on + 1 ELSE e.hired_on END,
       CASE WHEN e.status IN ('left', 'retired') THEN greatest(e.leaves_on, e.hired_on + 1) END
  FROM numbers AS n
  JOIN hr.employments AS e USING (employee_id)
  JOIN (VALUES (0, 20, ARRAY['Security Officer','Shift Leader']),
               (1, 30, ARRAY['Housekeeper','Housekeeping Lead','Technician']),
               (2, 40, ARRAY['Scientist','Laboratory Assistant']),
               (3, 50, ARRAY['Operator','Fitter']),
               (4, 60, ARRAY['Account Manager']),
               (5, 70, ARRAY['HR Partner']),
               (6, 80, ARRAY['Engineer','Administrator'])) AS d (number, department_id, titles)
    ON d.number = n.k * 5 % 7;

INSERT INTO hr.positions (employee_id, department_id, site_code, job_title, from_date, to_date)
SELECT employee_id, 50, 'Annex', 'Trainee', hired_on, hired_on
  FROM numbers
 WHERE draw BETWEEN 300 AND 399;

INSERT INTO hr.contacts (employee_id, work_email, mobile)
SELECT employee_id,
       CASE WHEN draw NOT BETWEEN 400 AND 419 THEN lower(employee_id) || '@example.org' END,
       '+44 7700 900' || lpad((k % 1000)::text, 3, '0')
  FROM numbers;

INSERT INTO hr.badges (card_no, employee_id, issued_on)
SELECT '00' || 7000000000 + k, employee_id, hired_on
  FROM numbers
 WHERE draw NOT BETWEEN 500 AND 529;

SELECT pg_catalog.pg_notify(:'channel', '') \gset unused_
COMMIT;

-- Frozen, visible to all and counted: as a database looks that has been in use for a while.
VACUUM (ANALYZE) hr.people, hr.employments, hr.positions, hr.contacts, hr.badges, hr.sites, hr.departments;
