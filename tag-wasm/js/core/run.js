// The loader's own.

export const { run } = WEIR_LENT;
