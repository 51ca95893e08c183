// The loader's own.

export const { SESSION_KEY, VISITOR_COOKIE, recognise } = WEIR_LENT;
