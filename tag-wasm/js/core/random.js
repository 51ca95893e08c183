// The loader's own.

export const { random, uuid } = WEIR_LENT;
