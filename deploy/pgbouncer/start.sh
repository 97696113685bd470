#!/bin/sh
# Writes PgBouncer's two files from the environment and becomes PgBouncer.
# Transaction pooling: a connection belongs to a client for one transaction only. CMA is made for that
# (the team is set inside the transaction, no prepared statements, no server-side cursors).
set -eu
folder=${PGBOUNCER_FOLDER:-/tmp}
umask 077
printf '"cma_app" "%s"\n' "$CMA_APP_PASSWORD" >"$folder/userlist.txt"
cat >"$folder/pgbouncer.ini" <<INI
[databases]
cma = host=${DATABASE_HOST:-database} port=${DATABASE_PORT:-5432} dbname=cma

[pgbouncer]
listen_addr = ${LISTEN_ADDR:-0.0.0.0}
listen_port = ${LISTEN_PORT:-6432}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/userlist.txt
pool_mode = transaction
max_client_conn = 500
default_pool_size = ${POOL_SIZE:-20}
ignore_startup_parameters = extra_float_digits
log_connections = 0
log_disconnections = 0
INI
exec pgbouncer "$folder/pgbouncer.ini"
