-- The role that locktsync logs in with. For the DBA of the HR database; PostgreSQL 14 or newer.
--
--     psql -d hr -f sql/hr/20-locktsync-role.sql
--     psql -d hr -c '\password locktsync'
--
-- -v role=NAME         default: locktsync
-- -v hr_timezone=ZONE  default: Europe/Berlin. Whose midnight ends a day in the HR data: the view's "today"
--
-- It may log in, and read what 30-locktsync-view.sql grants: nothing else. It owns nothing and is a member of nothing.
-- No password is set here, so that none gets into a file, a shell history or the server's log: until you give it one
-- (or a client certificate, or Kerberos), nobody can log in. In pg_hba.conf it needs one line, such as
--
--     hostssl  hr  locktsync  192.0.2.10/32  scram-sha-256
--
-- Running this file again does no harm: it sets everything to what stands here, and leaves the password alone.
-- CREATEROLE is enough to run it. To be rid of it: DROP OWNED BY locktsync; DROP ROLE locktsync;

\set ON_ERROR_STOP on
\if :{?role} \else \set role locktsync \endif
\if :{?hr_timezone} \else \set hr_timezone Europe/Berlin \endif

BEGIN;

SELECT format('CREATE ROLE %I', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = :'role') \gexec

-- NOINHERIT: should somebody make it a member of another role one day, that alone gives it nothing.
-- Eight connections: the daemon has two (one reads, one listens), a second daemon standing by on another host as many,
-- `locktsyncctl check` one or two for a moment; the rest is for those whose other end is gone and not yet missed.
ALTER ROLE :"role" LOGIN NOINHERIT CONNECTION LIMIT 8;

-- It is a guest, so it gets a guest's manners whatever its own settings are. These are defaults which a session can
-- change: what keeps it from writing is that it was granted nothing to write to.
ALTER ROLE :"role" SET default_transaction_read_only = on;

-- A complete read of a million people takes seconds. What takes this long is stuck, and holds back VACUUM meanwhile.
ALTER ROLE :"role" SET statement_timeout = '5min';

-- Rather than queue up behind an ALTER TABLE, with HR's own statements queueing up behind it, it tries again later.
ALTER ROLE :"role" SET lock_timeout = '5s';
ALTER ROLE :"role" SET idle_in_transaction_session_timeout = '1min';

-- The connection that listens is idle for days, by design, and never in a transaction.
ALTER ROLE :"role" SET idle_session_timeout = 0;

-- When its host vanishes without a word, its connections are given up after two minutes, and what they run, sooner.
ALTER ROLE :"role" SET tcp_keepalives_idle = 60;
ALTER ROLE :"role" SET tcp_keepalives_interval = 10;
ALTER ROLE :"role" SET tcp_keepalives_count = 6;
ALTER ROLE :"role" SET client_connection_check_interval = '10s';

-- One core and next to no memory, with rows in the order of an index from the first millisecond on, instead of three
-- cores that hash and sort, which takes longer: with more work_mem PostgreSQL believes otherwise (300,000 people: 1.1 s
-- with 4MB, 2 s with 16MB). And no time spent on compiling what runs for milliseconds.
ALTER ROLE :"role" SET max_parallel_workers_per_gather = 0;
ALTER ROLE :"role" SET work_mem = '4MB';
ALTER ROLE :"role" SET jit = off;

-- The day changes with the company's midnight, not the server's. Names mean what they say, whatever is in "public".
ALTER ROLE :"role" SET timezone = :'hr_timezone';
ALTER ROLE :"role" SET search_path = locktsync;

-- The settings above are per role. CONNECT is per database, and not everybody leaves it to PUBLIC.
GRANT CONNECT ON DATABASE :"DBNAME" TO :"role";

-- A role of this name may have been there before, with more than it should have.
SELECT format('DO $do$ BEGIN RAISE EXCEPTION %L USING HINT = %L; END $do$',
              format('role "%s" has privileges beyond LOGIN', :'role'),
              'locktsync needs a role of its own: choose another name with -v role=NAME, or take them away.')
  FROM pg_catalog.pg_roles
 WHERE rolname = :'role' AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
                              OR EXISTS (SELECT FROM pg_catalog.pg_auth_members WHERE member = pg_roles.oid)) \gexec

COMMENT ON ROLE :"role" IS 'locktsync: reads the people whom the doors are to know. See sql/hr/20-locktsync-role.sql.';

COMMIT;
