#!/usr/bin/env bash
# Proves from the dependency tree what may reach the page: a crate that is not on this list (a JSON parser, a regular
# expression engine, the authoring half of `rules`) would be downloaded by every visitor.
set -euo pipefail
allowed="allocator-api2 bumpalo cfg-if js-sys lock_api once_cell proc-macro2 quote rustversion scopeguard spin syn talc
unicode-ident wasm-bindgen wasm-bindgen-macro wasm-bindgen-macro-support wasm-bindgen-shared web-sys weir-rules weir-tag"
bad=0
tree=$(cargo tree -p weir-tag --target wasm32-unknown-unknown -e normal --prefix none --format '{p}|{f}')
while IFS='|' read -r package features; do
  name=${package%% *}
  case " ${allowed//$'\n'/ } " in *" $name "*) ;; *) echo "error: \`$name\` would reach the page; see tools/page-dependencies.sh" >&2; bad=1 ;; esac
  if [ "$name" = weir-rules ] && [[ ",$features," == *,authoring,* || ",$features," == *,reader,* ]]; then
    echo "error: the page would get weir-rules with $features" >&2; bad=1
  fi
done < <(sort -u <<<"$tree")
exit $bad
