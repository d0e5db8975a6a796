-- Run once by the database's administrator: a role that owns its database and nothing else.
-- The password is set by hand afterwards, so that it stands in no file:  \password fourfold
CREATE ROLE fourfold LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE fourfold OWNER fourfold ENCODING 'UTF8' TEMPLATE template0;
-- A page's statement takes less time than its compilation, which the server would begin for what it takes to be long. Said of
-- the role: a pooler passes no settings on.
ALTER ROLE fourfold SET jit = off;
REVOKE ALL ON DATABASE fourfold FROM PUBLIC;
