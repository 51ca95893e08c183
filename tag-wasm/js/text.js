// Values on their way into the wasm. It asks for one and learns how long its text is, in bytes and one more, or 0 if there is
// none, and of what kind it is; then it takes the text.

// Kinds, as `page.rs` knows them.
const TEXT = 1;
const NUMBER = 2;
const BOOLEAN = 3;
const LIST = 4;
const KINDS = 8;

// What numbers in rules can hold: fifteen digits.
const MAX_NUMBER = 1e15;
const SEPARATOR = '\x1f';

const encoder = new TextEncoder();
// Memory for each text alone costs more than all that is done with it: short ones share some. A character is three bytes at most.
const shared = new Uint8Array(6144);
let found;

const encoded = (text) =>
  text.length * 3 > shared.length || !encoder.encodeInto ? encoder.encode(text) : shared.subarray(0, encoder.encodeInto(text, shared).written);

export const put = (bytes) => (found = bytes).length + 1;

export const give = (text) => (text == null ? 0 : put(encoded(text)));

export const take = (target) => target.set(found);

export const bytes = (text) => encoded(text).length;

const giveAs = (kind, text) => {
  const length = give(text);
  return length && length * KINDS + kind;
};

// A value of the page, of any kind; what rules have no use for is none.
export const giveValue = (value) => {
  if (Array.isArray(value)) return giveAs(LIST, value.map((entry) => tidy('' + (plain(entry) ?? ''))).filter(Boolean).join(SEPARATOR));
  if (typeof value === 'boolean') return giveAs(BOOLEAN, '' + value);
  return giveAs(typeof value === 'number' && Math.abs(value) < MAX_NUMBER ? NUMBER : TEXT, plain(value));
};

export const tidy = (text) => text.replace(/\s+/g, ' ').trim();

const plain = (value) => {
  if (typeof value === 'number') return isFinite(value) ? decimal(value) : null;
  if (typeof value === 'boolean' || typeof value === 'bigint') return '' + value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : null;
};

const decimal = (number) => {
  if (Math.abs(number) >= MAX_NUMBER) return '' + number;
  const rounded = +number.toPrecision(15);
  return /e/.test(rounded) ? rounded.toFixed(15).replace(/\.?0+$/, '') : '' + rounded;
};

