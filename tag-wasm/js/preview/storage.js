// Stands in place of `localStorage` for the draft's script and its parts: what Weir keeps of a visitor's session is kept for
// the tab; everything else is the browser's own. An expression, because the script is written around by it.
((own) => ({
  getItem: (key) => (own.test(key) ? sessionStorage.getItem('_weir_p.' + key) : window.localStorage.getItem(key)),
  setItem: (key, text) => (own.test(key) ? sessionStorage.setItem('_weir_p.' + key, text) : window.localStorage.setItem(key, text)),
  removeItem: (key) => (own.test(key) ? sessionStorage.removeItem('_weir_p.' + key) : window.localStorage.removeItem(key)),
}))(/^_weir_[soq]\./)
