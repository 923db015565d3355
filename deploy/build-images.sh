#!/bin/sh
# Builds the images of docker-compose.yml; says so when that is impossible here.
set -eu

if ! docker info >/dev/null 2>&1 || ! docker compose version >/dev/null 2>&1; then
    echo "no images built: they need a Docker engine that runs, and Docker Compose (the wheel is in dist/)"
    exit 0
fi
# The build needs no secret; compose asks for the variables all the same.
exec docker compose --env-file deploy/build.env build
