// The module: what it offers, and its memory. It may be WebAssembly, or the same translated to JavaScript: there, memory
// that grows leaves no sign on what was made of the old one, so each look at it is a new one.

// Its functions and its memory; none before it has started, nor once it has trapped.
export let tag = {};

export const adopt = (offered) => {
  tag = offered;
};

const decoder = new TextDecoder();

export const bytesAt = (start, length) => new Uint8Array(tag.memory.buffer, start, length);

export const textAt = (start, length) => (length ? decoder.decode(bytesAt(start, length)) : '');
