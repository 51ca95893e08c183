// The loader's own.

export const { address, config } = WEIR_LENT;
