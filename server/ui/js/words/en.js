// English words of the page.

export const english = {
  otherLanguage: "Русский",
  otherLanguageCode: "ru",
  site: "Site",
  now: "just now",
  home: "Weir, first page",
  copy: "Copy",
  copied: "Copied",
  lastDays: { one: "last day", other: "last {n} days" },

  gone: {
    message: "The server does not answer.",
    hint: "What you see is the last that is known. Is `weir serve` still running? The page goes on asking.",
  },
  failures: {},
  noNumbers: "No numbers at the moment.",

  collector: {
    notAccepting: {
      message: "Events are not taken in at the moment.",
      hint: "The disk or the spool is full, or cannot be written. Browsers keep what they have and send it again. The server's log says more.",
    },
    refused: {
      message: { one: "ClickHouse refused {n} batch of events for good.", other: "ClickHouse refused {n} batches of events for good." },
      hint: "Nothing is thrown away: they are kept in the spool folder, and the server's log says why.",
    },
    waiting: { one: "{n} event waits on disk for ClickHouse.", other: "{n} events wait on disk for ClickHouse." },
  },

  refusedHosts: {
    message: "Events from hosts that are not among the site's domains are refused.",
    count: { one: "{n} request", other: "{n} requests" },
    hint: "If they are yours, add them to `domains` in the site's file and save it; if not, nothing needs to be done. The file:",
  },

  noSites: {
    title: "No site yet",
    text: "A site is one file with its rules. This is the smallest one; it already collects page views and engagement. Save it as `shop.json`, give it to the server and come back: this page goes on asking.",
    start: "Start the server with it",
  },

  state: {
    loading: "Asking…",
    arriving: "Events are arriving",
    quiet: "No events at the moment",
    waiting: "Waiting for the first event",
    unknown: "Not known at the moment",
    sample: "Sample data",
  },
  lastEvent: "last event {ago}",
  release: "release {n}",
  noRelease: "no release yet",
  rulesIn: "rules: {path}",
  sampleNote: "A month of invented history of a shop, for looking around. It takes no events.",
  domains: "domains: {list}",
  anyDomain: "only this machine (no domains given)",

  problems: {
    errors: { one: "The container has an error", other: "The container has {n} errors" },
    warnings: { one: "A warning about the container", other: "{n} warnings about the container" },
    kept: "Release {n} stays in use until the file is mended: nothing is lost.",
    none: "Nothing is collected until the file is mended.",
    saved: "Save the file, and this list is checked again.",
    line: "line {line}, column {column}",
    error: "Error",
    warning: "Warning",
  },

  live: {
    title: "Live",
    minute: "last minute",
    halfHour: "last 30 minutes",
    chart: "Events per minute, last 30 minutes",
    from: "30 min ago",
    to: "now",
    recent: "Latest events",
    item: "item",
    byTag: "by tag",
    waiting: "Nothing has come yet. If the tag is on the page already, look at this, in this order:",
    check: [
      "Is the tag there? Open your page, view its source and search for `{tag}`. With caches on the way, the new page may take a while.",
      "Is the page's host among the domains of the site? Now: {domains}. Loopback hosts are always allowed.",
      "Does the page have a Content-Security-Policy? It must allow this server in `script-src` and `connect-src`, and `'wasm-unsafe-eval'` in `script-src`.",
      "Is an ad blocker on? Try a private window without extensions.",
    ],
    tryDemo: "Or open the demo shop and click around in it:",
    demo: "demo shop",
    demoHere: "Open the demo shop in another tab and watch:",
    sample: "This site takes no events. Choose the other one to see events arrive.",
  },

  install: {
    title: "The tag",
    steps: [
      "Copy this line.",
      "Paste it into every page of the site, before `</head>`. It never changes again, whatever you do with the rules.",
      "Open the page. Within two seconds its first event is here.",
    ],
    rules: "What is collected is said in the rule file. Save it, and the next page load follows it:",
  },

  funnel: {
    title: "Funnel {name}",
    end: "{share} reach the end",
    persons: { one: "{n} person", other: "{n} people" },
    ofStart: "{share} of the start",
    went: "{share} went on",
    left: { one: "{n} left", other: "{n} left" },
    median: "half of them within {time}",
    maturing: { one: "{n} of them still has time", other: "{n} of them still have time" },
    empty: "Nobody has entered this funnel yet. It begins with the step “{step}”: do that on the site, and you are in it.",
    sampleEmpty: "The history of the sample is not there yet: it is made when the server starts for the first time, in about a minute.",
    none: "This site has no funnel. Add one under `funnels` in its rule file; here are two steps:",
    exampleSteps: ["Product", "Cart"],
  },

  sql: {
    title: "The same in SQL",
    text: "The endpoint speaks ClickHouse's HTTP interface, read-only and without a password: for `curl`, Grafana, Metabase, DBeaver or a notebook.",
    endpoint: "Endpoint",
    events: "What has come, by name:",
  },

  version: "Weir {version}",
};
