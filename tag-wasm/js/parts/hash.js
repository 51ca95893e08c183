// Hashes of texts. `rules/src/page/transform.rs` does the same
// for a page without a browser.

weirPart(({ offer }) => {
  // SHA-256. Its constants are the first bits behind the point of the roots of the first primes.
  const hash = (text) => {
    const bytes = new TextEncoder().encode(text);
    const words = [];
    bytes.forEach((byte, at) => (words[at >> 2] |= byte << (24 - (at % 4) * 8)));
    words[bytes.length >> 2] |= 128 << (24 - (bytes.length % 4) * 8);
    const length = ((bytes.length + 8) >> 6) * 16 + 16;
    words[length - 1] = bytes.length * 8;
    const bits = (number) => ((number % 1) * 4294967296) | 0;
    const keys = [];
    let state = [];
    for (let prime = 2; keys.length < 64; prime++) {
      let factor = 2;
      while (prime % factor) factor++;
      if (factor === prime) {
        if (state.length < 8) state.push(bits(Math.sqrt(prime)));
        keys.push(bits(Math.cbrt(prime)));
      }
    }
    const turn = (word, by) => (word >>> by) | (word << (32 - by));
    for (let from = 0; from < length; from += 16) {
      const mixed = [];
      let [a, b, c, d, e, f, g, h] = state;
      for (let at = 0; at < 64; at++) {
        const early = mixed[at - 15];
        const late = mixed[at - 2];
        mixed[at] =
          at < 16
            ? words[from + at] | 0
            : (mixed[at - 16] +
                (turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)) +
                mixed[at - 7] +
                (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10))) |
              0;
        const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + keys[at] + mixed[at];
        const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
      }
      state = [a, b, c, d, e, f, g, h].map((word, at) => (word + state[at]) | 0);
    }
    return state.map((word) => ('0000000' + (word >>> 0).toString(16)).slice(-8)).join('');
  };

  offer({ t5: hash });
});
