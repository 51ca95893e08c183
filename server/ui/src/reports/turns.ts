// Questions that take the engine long, in turns, the more urgent ones first. What a page asks first it shows first: that one has
// the engine for itself. Of the others two at once, because the engine reads a question with one core before it counts with all.

/** What is answered first. */
const RANKS = ["numbers", "compared"] as const;

const AT_ONCE = 2;
/** So long the others wait for the first. */
const ALONE_MS = 4_000;

interface Waiting {
  rank: number;
  begin: () => void;
}

const waiting: Waiting[] = [];
let open = 0;
let most = 1;
let late: ReturnType<typeof setTimeout> | undefined;

function next(): void {
  if (open === 0 && waiting.length === 0) alone();
  while (open < most && waiting.length > 0) {
    const urgent = Math.min(...waiting.map((one) => one.rank));
    const [first] = waiting.splice(waiting.findIndex((one) => one.rank === urgent), 1);
    open += 1;
    first?.begin();
  }
}

/** What is asked next is the first again. */
function alone(): void {
  most = 1;
  clearTimeout(late);
  late = undefined;
}

function together(): void {
  clearTimeout(late);
  most = AT_ONCE;
  next();
}

/** Does something when it is its turn; not at all, where nobody waits for it any more: null then. */
export async function inTurn<T>(rank: (typeof RANKS)[number], signal: AbortSignal, work: () => Promise<T>): Promise<T | null> {
  await new Promise<void>((begin) => {
    waiting.push({ rank: RANKS.indexOf(rank), begin });
    if (most === 1) late ??= setTimeout(together, ALONE_MS);
    next();
  });
  try {
    return signal.aborted ? null : await work();
  } finally {
    open -= 1;
    together();
  }
}
