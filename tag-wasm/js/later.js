// What comes later than the loader. It imports nothing, so that everything may import it.

// What the core offers (`core.js`), once it is here. The loader does without it until then: what it hears waits in its queue,
// whose inputs may use all of it.
export const core = {};

// What parts offer to the rules.
export const offered = {};
