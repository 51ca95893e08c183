// A change of the address without a load.

const HISTORY = 19;

weirPart(({ hooks, occur }) => {
  hooks.move.push((from, to) => from !== to && occur(HISTORY, { detail: { history: { from, to } } }));
});
