// Notes what a page does, the same way with the tag and without it. Navigations are noted and not made.
{
  const seen = (window.seen = { errors: [], shifts: 0, moves: [] });
  addEventListener('error', (event) => seen.errors.push(event.message || 'not loaded: ' + event.target.localName), true);
  addEventListener('unhandledrejection', (event) => seen.errors.push(String(event.reason)));
  addEventListener('securitypolicyviolation', (event) => seen.errors.push('policy: ' + event.violatedDirective));
  const complain = console.error;
  console.error = (...given) => (seen.errors.push(given.map(String).join(' ')), complain(...given));
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (seen.shifts += entry.hadRecentInput ? 0 : entry.value))).observe({
    type: 'layout-shift',
    buffered: true,
  });
  navigation.addEventListener('navigate', (event) => {
    const { destination, navigationType, hashChange, formData, downloadRequest } = event;
    const url = destination.url.replace(/\?(plain|with)/, '');
    const sent = formData && [...formData].map(([name, value]) => name + '=' + (typeof value === 'string' ? value : value.name));
    seen.moves.push([navigationType, url, hashChange, sent, downloadRequest, window.acting ? 'at once' : 'later']);
    if (!destination.sameDocument && event.cancelable) event.preventDefault();
  });
  // What moves by itself would make two visits differ, whatever is on the page.
  const still = document.createElement('style');
  still.textContent = '*, *::before, *::after { transition: none !important; animation: none !important; scroll-behavior: auto !important }';
  document.documentElement.append(still);
  window.open = (url) => (seen.moves.push(['open', String(url)]), null);
}
