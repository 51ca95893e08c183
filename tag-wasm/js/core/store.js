// The loader's own.

export const { isKept, kept, memory, readCookie, save, saveCookie, setCookie } = WEIR_LENT;
