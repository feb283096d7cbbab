#!/bin/sh
# Makes the secrets of the compose stacks in deploy/compose/secrets/, each once: what is there stays.
#
# Compose shows a secret's file to the container with the owner and mode it has here, and the servers run
# as users that this machine does not know. So the files can be read by all, and the folder by nobody else.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets

# 48 random bytes as letters that need no quoting in a URL.
random() { head -c 48 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }

make() {
    if [ ! -s "secrets/$1" ]; then
        printf '%s' "$2" > "secrets/$1"
        chmod 444 "secrets/$1"
        echo "made secrets/$1"
    fi
}

make jwt_secret "$(random)"
make encryption_key "$(random)"
make postgres_password "$(random)"
make database_url "postgres://alveole:$(cat secrets/postgres_password)@postgres/alveole"
make redis_password "$(random)"
make redis.conf "requirepass $(cat secrets/redis_password)"
make redis_url "redis://:$(cat secrets/redis_password)@redis:6379/0"
make grafana_password "$(random)"
make admin_password "$(random)"
