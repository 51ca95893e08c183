// Values on their way into the wasm. It asks for one and learns whether there is any, and of what kind; then it takes it.

// Kinds, as `host.rs` knows them.
const TEXT = 1;
const NUMBER = 2;
const BOOLEAN = 3;
const LIST = 4;

// What numbers in rules can hold: fifteen digits.
const MAX_NUMBER = 1e15;
const SEPARATOR = '\x1f';

let found;

export const give = (text) => {
  found = text;
  return text != null;
};

// A value of the page, of any kind; what rules have no use for is none.
export const giveValue = (value) => {
  if (Array.isArray(value)) {
    found = value.map(plain).filter((text) => text != null).join(SEPARATOR);
    return LIST;
  }
  found = plain(value);
  if (found == null) return 0;
  if (typeof value === 'boolean') return BOOLEAN;
  return typeof value === 'number' && Math.abs(value) < MAX_NUMBER ? NUMBER : TEXT;
};

const plain = (value) => {
  if (typeof value === 'number') return isFinite(value) ? decimal(value) : null;
  if (typeof value === 'boolean' || typeof value === 'bigint') return '' + value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : null;
};

const decimal = (number) => {
  if (Math.abs(number) >= MAX_NUMBER) return '' + number;
  const rounded = +number.toPrecision(15);
  return /e/.test(rounded) ? rounded.toFixed(15) : '' + rounded;
};

export const take = () => String(found);
