#!/usr/bin/env bash
# Builds and checks the web application.
#
#   tools/ui.sh build   server/ui/dist, which the binary embeds; nothing to do when nothing has changed
#   tools/ui.sh lint    types, lints, unit tests, and what the first page weighs
#   tools/ui.sh test    unit tests alone
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ui=$here/../server/ui

# Types of what the API takes and gives, from the server's own description.
types() {
  (cd "$ui" && node_modules/.bin/openapi-typescript ../openapi.json --output src/api/openapi.d.ts >/dev/null 2>&1) ||
    { echo "error: server/openapi.json could not be read by openapi-typescript" >&2; exit 1; }
}

case "${1:-}" in
  build)
    # What the build is made of, as one number. The cookbook is its templates.
    inputs=$(cd "$ui" && { find src public ../openapi.json ../../rules/examples ../../docs/cookbook.md ../../docs/ru/cookbook.md -type f ! -name openapi.d.ts; ls ./*.json ./*.ts ./*.js index.html; } | LC_ALL=C sort | xargs -d '\n' cksum | cksum | cut -d' ' -f1)
    [ "$(cat "$ui/.built" 2>/dev/null)" != "$inputs" ] || [ ! -e "$ui/dist/index.html" ] || exit 0
    "$here/setup.sh" ui >/dev/null
    types
    (cd "$ui" && node_modules/.bin/vite build --logLevel warn)
    echo "$inputs" > "$ui/.built" ;;
  test)
    "$here/setup.sh" ui >/dev/null
    types
    cd "$ui"
    node "$here/ui-test.mjs" ;;
  lint)
    "$here/setup.sh" ui >/dev/null
    types
    cd "$ui"
    node_modules/.bin/svelte-check --output human-verbose --fail-on-warnings --threshold warning
    node_modules/.bin/eslint --max-warnings 0 .
    node "$here/ui-test.mjs"
    "$here/ui.sh" build
    node "$here/ui-size.mjs" dist ;;
  *) echo "usage: tools/ui.sh build | test | lint" >&2; exit 2 ;;
esac
