-- The sample company, all of it, into an empty database (-v today=DATE and the variables of each file apply):
--
--     createdb --template=template0 --encoding=UTF8 hr
--     psql -d hr -f sql/hr/everything.sql

\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

\ir 10-schema.sql
\ir 20-locktsync-role.sql
\ir 30-locktsync-view.sql
\ir 40-locktsync-notify.sql
\ir 90-sample-data.sql
