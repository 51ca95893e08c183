// Personal data, found in texts and addresses and taken out of them. `rules/src/privacy.rs` does the same, sign by sign.

weirPart(({ offer, readable }) => {
  const WORD = '\\p{Alphabetic}\\p{N}';
  const EMAIL = RegExp('[' + WORD + '._%+-]+@([' + WORD + '.-]*[' + WORD + '])', 'gu');
  const TOUCHES_BEFORE = RegExp('[' + WORD + '_]$', 'u');
  const TOUCHES_BEHIND = RegExp('^[' + WORD + '_]', 'u');
  const RUN = /\d+(?:[ \xa0()+-]{1,2}\d+)*/g;

  // A number of some kind has so many digits at most.
  const MAX_DIGITS = 19;

  // The check digit of payment cards.
  const luhn = (digits) => {
    const sum = digits.reduceRight((sum, digit, at) => {
      const twice = (digits.length - at) % 2 ? digit : digit * 2;
      return sum + (twice > 9 ? twice - 9 : twice);
    }, 0);
    return sum > 0 && sum % 10 === 0;
  };

  const weighted = (digits, weights) => weights.reduce((sum, weight, at) => sum + weight * digits[at], 0);

  // The check digits of a Russian taxpayer's number.
  const inn = (digits) => {
    const weights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    const last = digits.length - 1;
    const fits = (at) => digits[at] === (weighted(digits, weights.slice(11 - at)) % 11) % 10;
    return (last === 9 || (last === 11 && fits(10))) && fits(last) && digits.some((digit) => digit);
  };

  // The check digits of a Russian pension insurance number.
  const snils = (digits) => {
    const sum = weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    return sum > 0 && ((sum % 101) % 100) === digits[9] * 10 + digits[10];
  };

  const kindOf = (written, wants) => {
    const digits = written.replace(/[^0-9]/g, '').split('').map(Number);
    const count = digits.length;
    const dialled = written[0] === '+';
    if (wants('card') && count > 12 && count <= MAX_DIGITS && !dialled && luhn(digits)) return 'card';
    if (wants('snils') && count === 11 && !dialled && snils(digits)) return 'snils';
    if (wants('inn') && count === written.length && inn(digits)) return 'inn';
    if (wants('passport') && /^\d\d ?\d\d \d{6}$/.test(written)) return 'passport';
    return (
      wants('phone') &&
      ((dialled && count > 9 && count < 16) ||
        (count === 11 && /[78]/.test(digits[0]) && /[3489]/.test(digits[1])) ||
        (/\(/.test(written) && count > 9 && count < 13)) &&
      'phone'
    );
  };

  const numbers = (text, wants) => {
    let out = '';
    let done = 0;
    text.replace(RUN, (run, at) => {
      const groups = [];
      run.replace(/\d+/g, (group, start) => {
        const from = at + start;
        const to = from + group.length;
        // A group that is part of a word is none.
        if (!TOUCHES_BEFORE.test(text.slice(Math.max(0, from - 2), from)) && !TOUCHES_BEHIND.test(text.slice(to, to + 2)))
          groups.push([from, to]);
      });
      for (let first = 0; first < groups.length; first++) {
        let start = groups[first][0];
        if (start > done && /[+(]/.test(text[start - 1])) start--;
        for (let last = groups.length - 1; last >= first; last--) {
          const end = groups[last][1];
          const kind = kindOf(text.slice(start, end), wants);
          if (kind) {
            out += text.slice(done, start) + '[' + kind + ']';
            done = end;
            first = last;
            break;
          }
        }
      }
    });
    return out + text.slice(done);
  };

  const plain = (text, kinds) => {
    const wants = (kind) => kinds.includes(kind);
    if (wants('email'))
      text = text.replace(EMAIL, (found, host) => {
        const dot = host.lastIndexOf('.');
        return dot > 0 && [...host.slice(dot)].length > 2 ? '[email]' : found;
      });
    return numbers(text, wants);
  };

  // The text without personal data of these kinds.
  const redact = (text, argument) => {
    const kinds = argument.split(' ');
    if (!/%/.test(text)) return plain(text, kinds);
    const decoded = readable(text).replace(/%40/g, '@').replace(/%2B/gi, '+');
    const redacted = plain(decoded, kinds);
    return redacted === decoded ? text : redacted;
  };

  // The address with only those parameters that a pattern allows.
  const keepQuery = (address, patterns) => {
    const [, path, query, fragment] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(address);
    const source = patterns.replace(/[^\w* ]/g, '\\$&').replace(/\*/g, '.*').split(' ').join('|');
    const allowed = RegExp('^(' + source + ')$', 's');
    const kept = (query || '').split('&').filter((pair) => pair && patterns && allowed.test(pair.split('=')[0].toLowerCase()));
    return path + (kept.length ? '?' + kept.join('&') : '') + (fragment && !/=/.test(fragment) ? fragment : '');
  };

  offer({ t10: redact, t11: keepQuery });
});
