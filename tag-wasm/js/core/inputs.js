// The loader's own.

export const { hear, now, rests, setOpen } = WEIR_LENT;
