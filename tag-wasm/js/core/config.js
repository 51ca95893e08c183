// The loader's own.

export const { config } = WEIR_LENT;
