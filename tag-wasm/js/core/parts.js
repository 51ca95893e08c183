// The loader's own.

export const { lent, start } = WEIR_LENT;
