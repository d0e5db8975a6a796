-- Run once by the database's administrator: a role that owns its database and nothing else.
-- The password is set by hand afterwards, so that it stands in no file:  \password fourfold
CREATE ROLE fourfold LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE fourfold OWNER fourfold ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE fourfold FROM PUBLIC;
