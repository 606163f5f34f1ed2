#!/bin/sh
# Run once by the database's container: Label Studio's own role and database beside Chorale's.
set -eu
psql --set ON_ERROR_STOP=1 --set word="$POSTGRES_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'S'
CREATE ROLE label_studio LOGIN PASSWORD :'word';
CREATE DATABASE label_studio OWNER label_studio;
S
