// Answers of a consent platform by the IAB's framework (TCF 2): purposes become categories. Each event of the platform tells
// the whole state.

// Storing on the device, and measuring how content does.
const ANALYTICS = [1, 8];
// Storing on the device, personalised advertising, and measuring how it does.
const MARKETING = [1, 3, 4, 7];

weirPart(({ answer, guard, on }) => {
  let isHeard;

  const take = guard((data, isGood) => {
    if (!isGood) return;
    const consents = Object((data.purpose || {}).consents);
    const allows = (purposes) => data.gdprApplies === false || purposes.every((purpose) => consents[purpose] === true);
    if (data.gdprApplies === false || /^(tcloaded|useractioncomplete)$/.test(data.eventStatus))
      answer({ analytics: allows(ANALYTICS), marketing: allows(MARKETING) });
  });

  const listen = guard(() => {
    if (isHeard || typeof window.__tcfapi !== 'function') return;
    isHeard = true;
    window.__tcfapi('addEventListener', 2, take);
  });

  listen();
  // A platform may come later than the tag.
  on(document, 'DOMContentLoaded', listen);
  on(window, 'load', listen);
});
