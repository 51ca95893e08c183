// Engaged time: how long the page was visible and had the focus. Counted in stretches. A stretch longer than the tag would
// leave unreported was a sleeping computer, not a reader.

// How often it is reported while it goes on, so that little is lost with a browser that is killed.
const HEARTBEAT_MS = 60000;
const MAX_STRETCH_MS = 65000;
// Less is not worth an event.
const MIN_REPORT_MS = 100;

// Start of the stretch that goes on now; nothing if none does.
let since;
// Counted and not reported.
let waiting = 0;

const count = (now) => {
  if (since == null) return;
  waiting += Math.min(Math.max(now - since, 0), MAX_STRETCH_MS);
  since = now;
};

// The page came to the front of the visitor, or left it.
export const turn = (now, isEngaged) => {
  count(now);
  since = isEngaged ? now : null;
};

// When the next report is due, if nothing changes.
export const reportDue = () => (since == null ? Infinity : since + Math.max(HEARTBEAT_MS - waiting, 0));

// What has not been reported; 0 if too little to report.
export const takeEngaged = (now) => {
  count(now);
  const taken = waiting < MIN_REPORT_MS ? 0 : waiting;
  waiting -= taken;
  return taken;
};
