// The loader's own.

export const { core, offered } = WEIR_LENT;
