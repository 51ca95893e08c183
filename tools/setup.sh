#!/usr/bin/env bash
# Installs what the build and the tests need and a fresh machine lacks. Says what and why before it does so; what is
# already there is left alone, so that a second run takes no time.
#
#   tools/setup.sh wasm | node | ui | engine | browser | firefox | hosts | trackers | strace | operations | sdks | clients | datasets | deny | mutants
#
# Everything but Debian's packages and Rust's wasm target goes into one folder outside the checkout ($TOOLS, by
# default ~/.cache/weir), named by version: checkouts share it and it may be deleted at any time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.env"
TOOLS=${TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/weir}

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || fail "\`$1\` is missing: $2"; }

# npm_install FOLDER WHAT PACKAGE@VERSION…: complete or not there at all, even when interrupted half-way.
npm_install() {
  local folder=$1 what=$2 part=$1.part pid
  shift 2
  need npm "install Node.js 18 or newer (on Debian and Ubuntu: \`apt-get install nodejs npm\`)"
  rm -rf "$part" && mkdir -p "$part"
  printf '{"private":true}\n' > "$part/package.json"
  npm install --prefix "$part" --cache "$part/.cache" --no-audit --no-fund --no-progress --loglevel=error \
    --ignore-scripts --save-exact "$@" >"$part/npm.log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    printf '\r    %s: %s MB on disk so far' "$what" "$(du -sm "$part" 2>/dev/null | cut -f1)" >&2
  done
  printf '\n' >&2
  wait "$pid" || { cat "$part/npm.log" >&2; rm -rf "$part"; fail "npm could not install $what: see the lines above; check the network and the disk space, then run the same command again"; }
  rm -rf "$part/.cache" "$folder"
  mv "$part" "$folder"
}

apt_install() { # WHY PACKAGE…
  local why=$1 sudo=
  shift
  command -v apt-get >/dev/null 2>&1 || fail "$why: install $* by your system's package manager"
  if [ "$(id -u)" != 0 ]; then need sudo "run as root, or install by hand: apt-get install $*"; sudo=sudo; fi
  say "Installing $* from your distribution ($why)"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

case "${1:-}" in
  wasm)
    if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then
      need rustup "the wasm target of your Rust is missing; install Rust by rustup, or add Debian's \`libstd-rust-dev-wasm32\`"
      say "Adding Rust's wasm32-unknown-unknown target (the tag runs in the page as wasm)"
      rustup target add wasm32-unknown-unknown
    fi ;;
  node)
    folder=$TOOLS/node-$BINARYEN_VERSION-$ESBUILD_VERSION
    if [ ! -e "$folder/node_modules/binaryen/bin/wasm-opt" ]; then
      say "Installing Binaryen $BINARYEN_VERSION and esbuild $ESBUILD_VERSION from npm into $folder (they make the tag small)"
      npm_install "$folder" "Binaryen and esbuild" "binaryen@$BINARYEN_VERSION" "esbuild@$ESBUILD_VERSION"
    fi
    echo "$folder/node_modules" ;;
  ui)
    # Named by the lockfile: another one makes another folder. The checkout has a link to it, because that is where
    # packages are looked for.
    folder=$TOOLS/ui-$(cat "$here"/../server/ui/package-lock.json "$here"/../server/ui/package.json | cksum | cut -d' ' -f1)
    if [ ! -d "$folder" ]; then
      need npm "install Node.js 20.19 or newer (on Debian and Ubuntu: \`apt-get install nodejs npm\`)"
      say "Installing what the web application is built with from npm into $folder (a download of about 40 MB, 150 MB on disk)"
      rm -rf "$folder.part" && mkdir -p "$folder.part"
      cp "$here"/../server/ui/package.json "$here"/../server/ui/package-lock.json "$here"/../server/ui/.npmrc "$folder.part"
      npm ci --prefix "$folder.part" --cache "$folder.part/.cache" --no-progress --loglevel=error >"$folder.part/npm.log" 2>&1 ||
        { cat "$folder.part/npm.log" >&2; rm -rf "$folder.part"; fail "npm could not install the packages of server/ui: see the lines above; check the network and the disk space, then run the same command again"; }
      rm -rf "$folder.part/.cache"
      # Somebody else may have been quicker.
      mv -T "$folder.part" "$folder" 2>/dev/null || rm -rf "$folder.part"
    fi
    ln -sfn "$folder/node_modules" "$here/../server/ui/node_modules"
    echo "$folder/node_modules" ;;
  engine)
    case "$(uname -s)-$(uname -m)" in
      Linux-x86_64) package=@chdb/lib-linux-x64-gnu ;;
      Linux-aarch64) package=@chdb/lib-linux-arm64-gnu ;;
      *) fail "there is no embedded engine for $(uname -s) on $(uname -m): run \`weir serve --clickhouse-url\` with a ClickHouse server instead" ;;
    esac
    folder=$TOOLS/engine-$ENGINE_VERSION
    library=$folder/node_modules/$package/libchdb.so
    if [ ! -e "$library" ]; then
      say "Installing the ClickHouse engine $ENGINE_VERSION from npm into $folder (a download of about 150 MB, 570 MB on disk)"
      npm_install "$folder" "the ClickHouse engine" "$package@$ENGINE_VERSION"
      [ -e "$library" ] || fail "the package $package $ENGINE_VERSION holds no libchdb.so: delete $folder and try again"
    fi
    echo "$library" ;;
  browser)
    command -v chromium >/dev/null 2>&1 && command -v chromedriver >/dev/null 2>&1 ||
      apt_install "the browser tests run in real Chromium" chromium chromium-driver ;;
  firefox)
    command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 ||
      apt_install "the core journeys run in real Firefox too; a download of about 80 MB" firefox-esr
    folder=$TOOLS/geckodriver-$GECKODRIVER_VERSION
    if [ ! -x "$folder/bin/geckodriver" ]; then
      say "Building geckodriver $GECKODRIVER_VERSION into $folder (steers Firefox; a minute or two, once)"
      # Unoptimised: it is built far sooner, and passes messages on just as well.
      CARGO_PROFILE_DEV_DEBUG=0 cargo install geckodriver --version "$GECKODRIVER_VERSION" --locked --debug --root "$folder" >&2
    fi
    echo "$folder/bin/geckodriver" ;;
  hosts)
    # Named by what it is made of: other sources make another folder.
    folder=$TOOLS/hosts-$(cat "$here"/hosts/package.json "$here"/hosts/build.mjs "$here"/hosts/apps/* | cksum | cut -d' ' -f1)
    if [ ! -d "$folder/pages" ]; then
      say "Installing twelve themes and nine frameworks from npm and building them into $folder (the tag must not change how they behave; about 400 MB while building, 30 MB then)"
      packages=$(node -p 'Object.entries(require(process.argv[1]).dependencies).map((it) => it.join("@")).join(" ")' "$here/hosts/package.json")
      # shellcheck disable=SC2086
      npm_install "$folder.build" "themes and frameworks" $packages
      node "$here/hosts/build.mjs" "$folder.build/node_modules" "$folder.build/pages" >&2 || { rm -rf "$folder.build"; fail "the host pages could not be built: see the lines above"; }
      mkdir -p "$folder" && mv "$folder.build/pages" "$folder/pages" && rm -rf "$folder.build"
    fi
    echo "$folder/pages" ;;
  trackers)
    folder=$TOOLS/trackers-$(cat "$here"/trackers/* | cksum | cut -d' ' -f1)
    if [ ! -d "$folder" ]; then
      say "Installing four trackers of others from npm into $folder (\`make bench\` measures the tag beside them)"
      esbuild=$("$here/setup.sh" node)/.bin/esbuild
      packages=$(node -p 'Object.entries(require(process.argv[1]).dependencies).map((it) => it.join("@")).join(" ")' "$here/trackers/package.json")
      # shellcheck disable=SC2086
      npm_install "$folder.build" "trackers" $packages
      cp "$here"/trackers/*.js "$folder.build"
      (cd "$folder.build" && "$esbuild" posthog.js snowplow.js plausible.js rudderstack.js --bundle --minify --format=iife \
        --target=es2020 --log-level=error --define:process.env.NODE_ENV=\"production\" --outdir=out) ||
        { rm -rf "$folder.build"; fail "the trackers could not be bundled: see the lines above"; }
      mv "$folder.build/out" "$folder" && rm -rf "$folder.build"
    fi
    echo "$folder" ;;
  strace)
    command -v strace >/dev/null 2>&1 || apt_install "a test reads the server's system calls" strace ;;
  operations)
    for program in promtool nginx caddy systemd-analyze openssl; do
      command -v $program >/dev/null 2>&1 || { apt_install "they judge the files of docs/operations" prometheus nginx caddy systemd openssl; break; }
    done ;;
  sdks)
    folder=$TOOLS/sdks-$SEGMENT_NODE_VERSION-$SEGMENT_PYTHON_VERSION
    if [ ! -d "$folder/python/segment" ]; then
      need python3 "install Python 3.9 or newer (on Debian and Ubuntu: \`apt-get install python3 python3-pip\`)"
      python3 -m pip --version >/dev/null 2>&1 || fail "Python's pip is missing: on Debian and Ubuntu \`apt-get install python3-pip\`"
      say "Installing Segment's libraries for Node $SEGMENT_NODE_VERSION and Python $SEGMENT_PYTHON_VERSION into $folder (the tests send with them)"
      npm_install "$folder" "Segment's library for Node" "@segment/analytics-node@$SEGMENT_NODE_VERSION"
      python3 -m pip install --quiet --disable-pip-version-check --no-cache-dir --target "$folder/python.part" \
        "segment-analytics-python==$SEGMENT_PYTHON_VERSION" >&2 || { rm -rf "$folder"; fail "pip could not install Segment's library: check the network, then run the same command again"; }
      mv "$folder/python.part" "$folder/python"
    fi
    echo "$folder" ;;
  deny)
    if [ ! -x "$TOOLS/cargo-deny-$CARGO_DENY_VERSION/bin/cargo-deny" ]; then
      say "Building cargo-deny $CARGO_DENY_VERSION (checks the licences of what Weir is made of; a minute or two, once)"
      # Its own profile makes a program of one piece, which takes several times as long and checks no better.
      CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=1 cargo install --debug cargo-deny --version "$CARGO_DENY_VERSION" --locked --root "$TOOLS/cargo-deny-$CARGO_DENY_VERSION" >&2
    fi
    echo "$TOOLS/cargo-deny-$CARGO_DENY_VERSION/bin/cargo-deny" ;;
  mutants)
    if [ ! -x "$TOOLS/cargo-mutants-$CARGO_MUTANTS_VERSION/bin/cargo-mutants" ]; then
      say "Building cargo-mutants $CARGO_MUTANTS_VERSION (changes the evaluator to see that a test breaks; a few minutes, once)"
      cargo install cargo-mutants --version "$CARGO_MUTANTS_VERSION" --locked --root "$TOOLS/cargo-mutants-$CARGO_MUTANTS_VERSION" >&2
    fi
    echo "$TOOLS/cargo-mutants-$CARGO_MUTANTS_VERSION/bin/cargo-mutants" ;;
  clients)
    folder=$TOOLS/sql-clients-$CLICKHOUSE_CONNECT_VERSION-$SQLALCHEMY_VERSION-$CLICKHOUSE_JS_VERSION
    if [ ! -e "$folder/complete" ]; then
      need python3 "install Python 3 with venv (on Debian and Ubuntu: \`apt-get install python3-venv\`)"
      say "Installing clickhouse-connect $CLICKHOUSE_CONNECT_VERSION (PyPI) and @clickhouse/client $CLICKHOUSE_JS_VERSION (npm) into $folder (the tests connect them)"
      rm -rf "$folder"
      npm_install "$folder/node" "@clickhouse/client" "@clickhouse/client@$CLICKHOUSE_JS_VERSION"
      mkdir -p "$folder/node/bin" && ln -sf "$(command -v node)" "$folder/node/bin/node"
      python3 -m venv "$folder/python"
      "$folder/python/bin/pip" install --quiet --disable-pip-version-check \
        "clickhouse-connect==$CLICKHOUSE_CONNECT_VERSION" "SQLAlchemy==$SQLALCHEMY_VERSION" >&2 ||
        { rm -rf "$folder"; fail "pip could not install clickhouse-connect: see the lines above; check the network, then run the same command again"; }
      touch "$folder/complete"
    fi
    echo "$folder" ;;
  datasets)
    folder=$TOOLS/datasets-$RETENTIONEERING_VERSION-$LIFETIMES_VERSION
    if [ ! -d "$folder" ]; then
      need python3 "install Python 3.9 or newer (on Debian and Ubuntu: \`apt-get install python3 python3-pip\`)"
      say "Taking two data sets out of retentioneering $RETENTIONEERING_VERSION and lifetimes $LIFETIMES_VERSION (PyPI, 2 MB) into $folder (the tests import them)"
      rm -rf "$folder.part"
      python3 -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps --no-compile --target "$folder.part" \
        "retentioneering==$RETENTIONEERING_VERSION" "lifetimes==$LIFETIMES_VERSION" >&2 ||
        { rm -rf "$folder.part"; fail "pip could not install the packages: see the lines above; check the network, then run the same command again"; }
      mkdir -p "$folder.data"
      cp "$folder.part/retentioneering/datasets/ecom.csv.gz" "$folder.part/lifetimes/datasets/CDNOW_sample.txt" "$folder.data"
      rm -rf "$folder.part"
      # Somebody else may have been quicker.
      mv -T "$folder.data" "$folder" 2>/dev/null || rm -rf "$folder.data"
    fi
    echo "$folder" ;;
  *) fail "usage: tools/setup.sh wasm | node | ui | engine | browser | firefox | hosts | trackers | strace | operations | sdks | clients | datasets | deny | mutants" ;;
esac
