-- Optional: tells locktsync at once when HR changes a person, instead of letting it find out within hr.poll.
--
--     psql -d hr -f sql/hr/40-locktsync-notify.sql
--
-- -v channel=NAME  hr.listen in locktsync.yaml; default: locktsync
-- -v max_keys=N    how many people a transaction may name; default: 100
--
-- After a statement that changed what the view shows of some people, each of them is named by a NOTIFY whose payload is
-- the employee_id, delivered when HR commits (never when it rolls back). A transaction that touches more than max_keys of
-- them sends one NOTIFY with an empty payload: read everybody. So do TRUNCATE, and changes of a department or a site.
--
-- What it means for HR's own work:
--
--   * The triggers run once a statement. They do not read HR's tables, only the rows just changed; who changes nothing
--     that the view shows (a pay grade) causes nothing. Of a statement on more than ten times max_keys rows, only their
--     number is looked at. PostgreSQL keeps the changed rows of a statement until its triggers have run: a bulk load of
--     millions of rows in one statement writes them to temporary files. Load with the triggers disabled if that hurts.
--   * Whatever fails in them is written to the server's log, and HR's statement goes on: a notification is a
--     convenience, for locktsync also looks by itself every hr.poll.
--   * They run with the rights of whoever changes the table, and need none but to call pg_notify: hence no SECURITY
--     DEFINER. Their search_path is fixed all the same, so that nobody can put functions of his own in its way.
--   * PostgreSQL lines up the commits of those transactions that notify, one after the other. Nobody notices at
--     hundreds a second. With thousands, do without this file.
--   * A transaction that has notified cannot be prepared (PREPARE TRANSACTION, as XA drivers do). If HR's software does
--     that (max_prepared_transactions is not 0), do without this file.
--   * Logical replication does not run statement triggers: install this where HR writes, or do without.
--
-- Running it again does no harm. To be rid of it:
-- DROP FUNCTION locktsync.notify_people, locktsync.notify_everybody CASCADE;

\set ON_ERROR_STOP on
\if :{?channel} \else \set channel locktsync \endif
\if :{?max_keys} \else \set max_keys 100 \endif

BEGIN;

/*
 * notify_people(channel, max_keys, columns): for tables with an employee_id; columns are those that the view uses.
 *
 * What was named in this transaction is remembered in the setting locktsync.notified, an array of keys or the word
 * everybody. Like notifications, a setting that is local to the transaction is forgotten with it, and by ROLLBACK TO
 * SAVEPOINT. So a hire, five INSERTs, names its person once, and an import row by row soon says "everybody" and then no
 * more.
 */
CREATE OR REPLACE FUNCTION locktsync.notify_people() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
        channel text;
        max_keys integer;
        max_rows integer;
        columns text;
        notified text;
        named text[];
        keys text[];
        n integer;
BEGIN
        -- Not where they are declared: the handler below does not catch what fails there.
        channel := TG_ARGV[0];
        max_keys := TG_ARGV[1];
        max_rows := 10 * max_keys;
        columns := 'employee_id, ' || TG_ARGV[2];
        notified := coalesce(current_setting('locktsync.notified', true), '');
        IF notified = 'everybody' THEN
                RETURN NULL;
        END IF;

        -- A queue that is full would fail HR's COMMIT, where nothing can be caught. It fills up when a listener of any
        -- application stays in a transaction for days; then better no notification than no HR.
        IF pg_notification_queue_usage() > 0.5 THEN
                RETURN NULL;
        END IF;

        IF TG_OP = 'INSERT' THEN
                SELECT count(*), array_agg(DISTINCT employee_id) INTO n, keys
                  FROM (SELECT employee_id FROM new_rows LIMIT max_rows + 1) AS part;
        ELSIF TG_OP = 'DELETE' THEN
                SELECT count(*), array_agg(DISTINCT employee_id) INTO n, keys
                  FROM (SELECT employee_id FROM old_rows LIMIT max_rows + 1) AS part;
        ELSE
                SELECT count(*) INTO n FROM (SELECT FROM new_rows LIMIT max_rows + 1) AS part;
                IF n <= max_rows THEN
                        -- Both ways, so that a person whose row went to somebody else is named too.
                        EXECUTE format(
                                'SELECT array_agg(DISTINCT employee_id)
                                   FROM (   (SELECT %1$s FROM new_rows EXCEPT ALL SELECT %1$s FROM old_rows)
                                          UNION ALL
                                            (SELECT %1$s FROM old_rows EXCEPT ALL SELECT %1$s FROM new_rows)) AS changed',
                                columns) INTO keys;
                END IF;
        END IF;

        IF n > max_rows THEN
                notified := 'everybody';
        ELSE
                named := coalesce(nullif(notified, ''), '{}');
                SELECT array_agg(key) INTO keys FROM unnest(keys) AS key WHERE key <> ALL (named);
                IF keys IS NULL THEN
                        RETURN NULL;
                END IF;
                named := named || keys;
                notified := CASE WHEN cardinality(named) > max_keys THEN 'everybody' ELSE named::text END;
        END IF;

        IF notified = 'everybody' THEN
                PERFORM pg_notify(channel, '');
        ELSE
                PERFORM pg_notify(channel, key) FROM unnest(keys) AS key;
        END IF;
        PERFORM set_config('locktsync.notified', notified, true);
        RETURN NULL;
EXCEPTION WHEN OTHERS THEN
        RAISE LOG 'locktsync cannot tell who changed in %.%: %', TG_TABLE_SCHEMA, TG_TABLE_NAME, SQLERRM;
        BEGIN
                PERFORM pg_notify(channel, '');
        EXCEPTION WHEN OTHERS THEN
                RAISE LOG 'locktsync cannot notify: %', SQLERRM;
        END;
        RETURN NULL;
END
$function$;

/* notify_everybody(channel[, columns]): for what many people share. With columns, only if one of them changed. */
CREATE OR REPLACE FUNCTION locktsync.notify_everybody() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
        channel text;
        columns text;
        changed boolean := true;
BEGIN
        channel := TG_ARGV[0];
        columns := TG_ARGV[1];
        IF pg_notification_queue_usage() > 0.5 THEN
                RETURN NULL;
        END IF;
        IF columns IS NOT NULL THEN
                EXECUTE format('SELECT EXISTS (SELECT %1$s FROM new_rows EXCEPT ALL SELECT %1$s FROM old_rows)', columns)
                   INTO changed;
        END IF;
        IF changed THEN
                PERFORM pg_notify(channel, '');
        END IF;
        RETURN NULL;
EXCEPTION WHEN OTHERS THEN
        RAISE LOG 'locktsync cannot notify: %', SQLERRM;
        RETURN NULL;
END
$function$;

-- Only the DBA makes triggers of them. (The right to execute is asked for when a trigger is made, not when it runs.)
REVOKE EXECUTE ON FUNCTION locktsync.notify_people, locktsync.notify_everybody FROM PUBLIC;

-- The tables with an employee_id, and which of their columns the view uses. Adapt this list together with the view.
-- Three triggers each, because one with transition tables may serve only one event; and TRUNCATE, which has none.
SELECT format('CREATE OR REPLACE TRIGGER locktsync_%s AFTER %s ON %s REFERENCING %s '
              'FOR EACH STATEMENT EXECUTE FUNCTION locktsync.notify_people(%L, %L, %L)',
              lower(event), event, relation, transition, :'channel', :'max_keys'::integer, columns)
  FROM (VALUES ('hr.people',      'given_name, family_name'),
               ('hr.contacts',    'work_email, mobile'),
               ('hr.employments', 'status, hired_on, leaves_on'),
               ('hr.positions',   'department_id, site_code, job_title, access_profile, from_date, to_date'),
               ('hr.badges',      'card_no, returned_on')) AS t (relation, columns),
       (VALUES ('INSERT', 'NEW TABLE AS new_rows'),
               ('UPDATE', 'OLD TABLE AS old_rows NEW TABLE AS new_rows'),
               ('DELETE', 'OLD TABLE AS old_rows')) AS e (event, transition)
\gexec

SELECT format('CREATE OR REPLACE TRIGGER locktsync_truncate AFTER TRUNCATE ON %s '
              'FOR EACH STATEMENT EXECUTE FUNCTION locktsync.notify_everybody(%L)', relation, :'channel')
  FROM unnest(ARRAY['hr.people', 'hr.contacts', 'hr.employments', 'hr.positions', 'hr.badges', 'hr.fobs']) AS relation
\gexec

-- A department or a site that is new has nobody yet, and one that has somebody cannot be removed: only changes matter.
SELECT format('CREATE OR REPLACE TRIGGER locktsync_update AFTER UPDATE ON %s '
              'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
              'FOR EACH STATEMENT EXECUTE FUNCTION locktsync.notify_everybody(%L, %L)', relation, :'channel', columns)
  FROM (VALUES ('hr.departments', 'department_id, name'),
               ('hr.sites',       'site_code, time_zone')) AS t (relation, columns)
\gexec

-- Fobs are few and change seldom: they are read together. For each row, because removing a person runs an UPDATE here
-- that usually finds none.
CREATE OR REPLACE TRIGGER locktsync_change AFTER INSERT OR UPDATE OR DELETE ON hr.fobs
        FOR EACH ROW EXECUTE FUNCTION locktsync.notify_everybody(:'channel');

-- A load has ended.
CREATE OR REPLACE TRIGGER locktsync_loaded AFTER UPDATE ON locktsync.load
        FOR EACH ROW WHEN (NEW.loaded_at IS DISTINCT FROM OLD.loaded_at AND NEW.loaded_at IS NOT NULL)
        EXECUTE FUNCTION locktsync.notify_everybody(:'channel');

-- What changed before this was here, nobody told. (And a name that is no channel's is refused now, not by each trigger.)
SELECT pg_catalog.pg_notify(:'channel', '') \gset unused_

COMMIT;
