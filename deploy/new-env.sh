#!/bin/sh
# Reads .env.example, gives every empty variable a fresh secret, writes the result.
set -eu

while IFS= read -r line; do
    case $line in
    [A-Z]*=) printf '%s%s\n' "$line" "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" ;;
    *) printf '%s\n' "$line" ;;
    esac
done
