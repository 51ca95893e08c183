// The loader's own.

export const { cut, json, readable } = WEIR_LENT;
