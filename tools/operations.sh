#!/usr/bin/env bash
# `make operations`: the files that docs/operations offers to be copied, judged by the programs that read them.
set -euo pipefail
cd "$(dirname "$0")/../docs/operations"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

say "Prometheus: alerts.yml"
promtool check rules alerts.yml

say "nginx: nginx.conf, with a certificate made for the occasion"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/crt" -days 2 -subj /CN=shop.example 2>/dev/null
{
  printf 'events {}\npid %s/pid;\nerror_log stderr;\nhttp {\naccess_log off;\n' "$work"
  sed "s|# ssl_certificate …; ssl_certificate_key …;|ssl_certificate $work/crt; ssl_certificate_key $work/key;|" nginx.conf
  printf '}\n'
} > "$work/nginx.conf"
nginx -q -t -c "$work/nginx.conf"

say "Caddy: Caddyfile"
caddy validate --config Caddyfile --adapter caddyfile >"$work/caddy" 2>&1 || { cat "$work/caddy"; exit 1; }

say "systemd: weir.service"
# The program is not installed here: any other stands for it.
sed 's|/usr/local/bin/weir|/bin/true|' weir.service > "$work/weir.service"
systemd-analyze verify "$work/weir.service"

say "Grafana: grafana-collector.json"
WORK=$work python3 - <<'PY'
import json
import os

board = json.load(open("grafana-collector.json"))
panels = board["panels"]
assert len({panel["id"] for panel in panels}) == len(panels), "two panels have one id"
taken = set()
for panel in panels:
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24, panel["title"]
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            assert (x, y) not in taken, panel["title"] + " lies on another panel"
            taken.add((x, y))
    refs = [target["refId"] for target in panel.get("targets", [])]
    assert len(set(refs)) == len(refs), panel["title"]
exprs = [t["expr"] for panel in panels for t in panel.get("targets", [])]
for name, value in {"$instance": ".*", "$__rate_interval": "5m", "${datasource}": "x"}.items():
    exprs = [expr.replace(name, value) for expr in exprs]
print(json.dumps({"groups": [{"name": "board", "rules": [{"record": f"board:{n}", "expr": e} for n, e in enumerate(exprs)]}]}),
      file=open(os.environ["WORK"] + "/board.yml", "w"))
PY
promtool check rules "$work/board.yml"
