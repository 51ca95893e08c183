// The loader's own.

export const { knownAddress, withoutPersonalData } = WEIR_LENT;
