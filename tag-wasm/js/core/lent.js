// What the loader lends, in its order (`load.js`; the build compares the two). The other files of this folder take the place of
// the loader's own.

export const [
  SESSION_KEY, VISITOR_COOKIE, begin, byBeacon, config, core, cut, hashOf, hear, isLive, json, kept, knownAddress, lent, memory,
  merge, now, offered, place, random, read, readCookie, readable, recognise, request, rests, run, save, saveCookie, setCookie,
  setOpen, start, takesIn, uuid, withoutPersonalData, write,
] = WEIR_LENT;
