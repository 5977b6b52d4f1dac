#!/usr/bin/env bash
# Installs the house on Debian 12 as a service, from the checkout that this script lies in:
#
#     sudo deploy/install.sh
#
# It can be run again, which is how a new release is installed: settings and data are left alone. What it does, in order:
# packages, a user, the program below /opt/ronghui, its Python and its pages, settings in /etc/ronghui, a database,
# units of systemd. `--root DIR` puts the files below DIR and touches neither packages nor services, for a trial.
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
root="" packages=yes services=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --root) root="$2"; packages=no; services=no; shift 2 ;;
    *) echo "install.sh: 不认识 (unknown) $1" >&2; exit 2 ;;
  esac
done
say() { printf '── %s\n' "$1"; }

if [ "$packages" = yes ]; then
  [ "$(id -u)" = 0 ] || { echo "请用 root 运行 (run as root)" >&2; exit 1; }
  say "软件包 packages"
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends python3.11-venv nginx-light postgresql postgresql-client ffmpeg \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fontconfig chrony make git >/dev/null
  # It is ours to start.
  systemctl disable --now nginx >/dev/null 2>&1 || true
  id ronghui >/dev/null 2>&1 || useradd --system --home-dir /var/lib/ronghui --shell /usr/sbin/nologin ronghui
fi

say "程序 program → $root/opt/ronghui"
install -d -m 755 "$root/opt/ronghui" "$root/etc/ronghui"
install -d -m 700 "$root/var/lib/ronghui" "$root/var/lib/ronghui/data" "$root/var/lib/ronghui/backups"
# What git knows. An older release is overwritten where it lies, as the processes that run stand in its folder; what it had
# and this one has not is removed.
program="$root/opt/ronghui" files="$root/opt/ronghui/.files"
git -C "$here" ls-tree -r --name-only HEAD | LC_ALL=C sort >"$files.new"
git -C "$here" archive HEAD | tar -x -C "$program"
if [ -e "$files" ]; then
  LC_ALL=C comm -23 <(LC_ALL=C sort "$files") "$files.new" | (cd "$program" && tr '\n' '\0' | xargs -0 -r rm -f --)
fi
mv "$files.new" "$files"
make -s -C "$program" .venv/.runtime web

say "设置 settings → $root/etc/ronghui/ronghui.env"
if [ ! -e "$root/etc/ronghui/ronghui.env" ]; then
  secret="$(head -c 48 /dev/urandom | base64 | tr -d '/+=\n')"
  (umask 077; sed "s|@SECRET_KEY@|$secret|" "$here/deploy/ronghui.env" >"$root/etc/ronghui/ronghui.env")
fi

say "服务 services → $root/etc/systemd/system"
install -d "$root/etc/systemd/system" "$root/etc/tmpfiles.d"
install -m 644 "$here"/deploy/systemd/* "$root/etc/systemd/system/"
printf 'd /run/ronghui 0750 ronghui ronghui -\nD /run/ronghui/metrics 0750 ronghui ronghui -\n' >"$root/etc/tmpfiles.d/ronghui.conf"

if [ "$services" = yes ]; then
  chown -R ronghui:ronghui /var/lib/ronghui
  chgrp ronghui /etc/ronghui/ronghui.env && chmod 640 /etc/ronghui/ronghui.env
  systemd-tmpfiles --create /etc/tmpfiles.d/ronghui.conf
  say "数据库 database"
  runuser -u postgres -- psql -qtc "SELECT 1 FROM pg_roles WHERE rolname = 'ronghui'" | grep -q 1 ||
    runuser -u postgres -- createuser ronghui
  runuser -u postgres -- psql -qtc "SELECT 1 FROM pg_database WHERE datname = 'ronghui'" | grep -q 1 ||
    runuser -u postgres -- createdb -O ronghui -E UTF8 -T template0 ronghui
  systemctl daemon-reload
  systemctl enable -q ronghui.target ronghui-backup.timer
  if systemctl -q is-active ronghui-web; then
    systemctl restart ronghui-prepare && systemctl reload ronghui-web && systemctl restart ronghui-worker ronghui-edge
  fi
  say "完成。先改 /etc/ronghui/ronghui.env（PUBLIC_URL、SMS_URL …），再 systemctl start ronghui.target，然后 flask --app wsgi doctor"
fi
