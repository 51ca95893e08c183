// Reading a type out of a text: what `1 990,50 ₽` is. `rules/src/types.rs` does the same for a page without a browser.

weirPart(({ offer, tidy }) => {
  // Digits, with the signs and spaces that belong to one number.
  const AMOUNT = "\\d(?:\\d|[.,](?=\\d)|[ \\xa0\\u2009\\u202f'\\u2019](?=\\d{3}(?!\\d)))*";
  const NUMBER = RegExp('^([-+\u2212]?)(' + AMOUNT + ')$');
  const MONEY = RegExp(AMOUNT);
  const MAX_DIGITS = 15;

  // As numbers are written in rules, or nothing if there are too many digits.
  const written = (isNegative, whole, decimals) => {
    decimals = decimals.replace(/0+$/, '');
    whole = whole.replace(/^0+(?=\d)/, '');
    const digits = (whole + decimals).replace(/^0+/, '');
    if (digits.length > MAX_DIGITS || decimals.length > MAX_DIGITS) return null;
    return (isNegative && digits ? '-' : '') + whole + (decimals && '.' + decimals);
  };

  // Which sign parts decimals is read from the amount itself: the last of two different signs does; a sign that comes more
  // than once, or alone before exactly three last digits, parts thousands.
  const read = (isNegative, amount, pointIsDecimal) => {
    const digits = amount.replace(/\D/g, '');
    const last = Math.max(amount.lastIndexOf('.'), amount.lastIndexOf(','));
    const before = amount.slice(0, last + 1).replace(/\D/g, '').length;
    const sign = amount[last];
    const isDecimal =
      sign &&
      amount.split(sign).length === 2 &&
      (digits.length - before !== 3 || amount.length - digits.length > 1 || digits[0] === '0' || (pointIsDecimal && sign === '.'));
    return isDecimal ? written(isNegative, digits.slice(0, before), digits.slice(before)) : written(isNegative, digits, '');
  };

  const isMinus = (sign) => sign === '-' || sign === '\u2212';

  const number = (text) => {
    const found = NUMBER.exec(tidy(text));
    return found && read(isMinus(found[1]), found[2], true);
  };

  const rounded = (number, places) => {
    if (number == null) return null;
    const [whole, decimals = ''] = number.replace('-', '').split('.');
    if (decimals.length <= places) return number;
    let units = +(whole + decimals.slice(0, places));
    if (decimals[places] >= '5') units++;
    const digits = ('' + units).padStart(places + 1, '0');
    const point = digits.length - places;
    return written(number[0] === '-', digits.slice(0, point), digits.slice(point));
  };

  const money = (text) => {
    const found = MONEY.exec(text);
    if (!found) return null;
    const before = text.slice(0, found.index).trim();
    return rounded(read(isMinus(before[before.length - 1]), found[0]), 2);
  };

  // Fifteen digits: as fractions of two they are still in the order that they have as decimals.
  const order = (one, other) => (one < other ? '<' : one > other ? '>' : '=');

  const bucket = (text, ranges) => {
    const value = number(text);
    if (value == null) return null;
    const bounds = ranges.split(' ');
    const reached = bounds.filter((bound) => +bound <= +value).length;
    if (!reached) return '<' + bounds[0];
    return reached < bounds.length ? bounds[reached - 1] + '-' + bounds[reached] : '>=' + bounds[reached - 1];
  };

  const truth = (text) => {
    const word = tidy(text);
    if (/^(true|1|yes|on)$/i.test(word)) return 'true';
    return /^(false|0|no|off)$/i.test(word) ? 'false' : null;
  };

  // At the positions of `Transform` in `rules/src/host.rs`.
  offer({
    t13: (text) => text.split(',').map(tidy).filter(Boolean).join('\x1f'),
    t14: truth,
    t15: number,
    t16: (text) => {
      const value = number(text);
      return value && value.replace(/\..*/, '').replace(/^-0$/, '0');
    },
    t17: money,
    t18: (text, places) => rounded(number(text), +places),
    t19: bucket,
    t20: (text, wanted) => {
      const value = number(text);
      return value && order(+value, +wanted);
    },
    t21: (text, wanted) => {
      // A day without a time is all of that day.
      const length = Math.min(text.length, wanted.length);
      return order(text.slice(0, length), wanted.slice(0, length));
    },
  });
});
