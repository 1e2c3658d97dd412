# Starts a throw-away PostgreSQL cluster, prints its URL, and ends it when standard input ends.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
dir=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" = 0 ] && chown postgres "$dir"
cd "$dir"
as "$bin/initdb" -D "$dir/data" -U postgres -A trust --no-sync -E UTF8 --locale=C >/dev/null
options="-k $dir -c listen_addresses='' -c max_connections=250"
options="$options -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" -o "$options" start >/dev/null </dev/null 2>&1
echo "postgres://postgres@localhost/postgres?host=$dir"
cat >/dev/null || true
as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
cd /
rm -rf "$dir"
