// The loader's own.

export const { kept, memory, readCookie, save, saveCookie, setCookie } = WEIR_LENT;
