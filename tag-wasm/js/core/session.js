// The loader's own.

export const { begin, hashOf, isLive, merge, place, read, takesIn, write } = WEIR_LENT;
