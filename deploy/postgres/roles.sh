#!/bin/sh
# Runs once, when PostgreSQL makes its data folder: two roles and the database.
# The owner runs migrations; the app's role owns nothing and cannot look past the walls between teams.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v owner_password="$CMA_OWNER_PASSWORD" -v app_password="$CMA_APP_PASSWORD" <<'SQL'
CREATE ROLE cma_owner LOGIN CREATEDB BYPASSRLS PASSWORD :'owner_password';
CREATE ROLE cma_app LOGIN PASSWORD :'app_password';
CREATE DATABASE cma OWNER cma_owner;
REVOKE ALL ON DATABASE cma FROM PUBLIC;
GRANT CONNECT ON DATABASE cma TO cma_app;
\connect cma
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO cma_app;
SQL
