// The loader's own.

export const { byBeacon, request } = WEIR_LENT;
