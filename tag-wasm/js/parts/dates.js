// The time in the zone of the site, and days that texts name. `rules/src/page/transform.rs` does the same
// for a page without a browser.

weirPart(({ offer }) => {
  // The time somewhere, as if it were that time at Greenwich. Swedes write times as computers do.
  const local = (time, timeZone) => new Date(time).toLocaleString('sv', { timeZone }).replace(' ', 'T');

  const clock = (key) => {
    const [part, zone] = key.split(' ');
    const now = Math.floor(Date.now() / 1000) * 1000;
    const text = local(now, zone);
    const there = new Date(text + 'Z');
    if (part === 'hour') return there.getUTCHours();
    if (part === 'weekday') return there.getUTCDay() || 7;
    const minutes = (there - now) / 60000;
    const two = (number) => ('0' + Math.floor(number)).slice(-2);
    const ahead = Math.abs(minutes);
    return text + (minutes < 0 ? '-' : '+') + two(ahead / 60) + ':' + two(ahead % 60);
  };

  const MONTHS = ['jan|янв', 'feb|фев', 'mar|мар', 'apr|апр', 'may|ма', 'jun|июн', 'jul|июл', 'aug|авг', 'sep|сен', 'oct|окт', 'nov|ноя', 'dec|дек'];

  // Day, month and year in one of the orders, then perhaps a time, then perhaps where it is that time.
  const DATE =
    /^(?:(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)\.(\d\d?)\.(\d{4})|(\d\d?)\.? ([a-zа-я]{3,})\.?,? (\d{4})|([a-zа-я]{3,})\.? (\d\d?),? (\d{4}))(?:[t, ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)? ?(?:(z)|([+-])(\d\d):?(\d\d))?)?$/;

  // The day, or the day and the time, that a text names, in a time zone.
  const date = (text, zone) => {
    const tidy = text.toLowerCase().replace(/\s+/g, ' ').trim();
    if (/^\d{10}(\d{3})?$/.test(tidy)) return local(+tidy * (tidy.length > 10 ? 1 : 1000), zone);
    const found = DATE.exec(tidy);
    const name = found[8] || found[10];
    const month = name ? MONTHS.findIndex((names) => RegExp('^(' + names + ')').test(name)) + 1 : found[2] || found[5];
    const day = found[3] || found[4] || found[7] || found[11];
    const year = found[1] || found[6] || found[9] || found[12];
    const time = Date.UTC(year, month - 1, day, found[13] || 0, found[14] || 0, found[15] || 0);
    const iso = new Date(time).toISOString();
    // A day or an hour that does not exist would have become another.
    if (+iso.slice(8, 10) !== +day || +iso.slice(5, 7) !== +month || +iso.slice(0, 4) !== +year || found[14] > 59 || found[15] > 59) return;
    if (!found[13]) return iso.slice(0, 10);
    if (!found[16] && !found[17]) return iso.slice(0, 19);
    const ahead = (found[17] + 1) * ((found[18] || 0) * 60 + +(found[19] || 0));
    return local(time - (ahead || 0) * 60000, zone);
  };

  offer({ t6: date, v17: clock });
});
