// The loader's own.

export const { hex, random, uuid } = WEIR_LENT;
