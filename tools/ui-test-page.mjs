// What modules of the web application touch of a page when they are loaded, for tests without a browser.

const none = () => undefined;
Object.assign(globalThis, {
  window: globalThis,
  document: { documentElement: {}, addEventListener: none, removeEventListener: none, visibilityState: "visible" },
  location: new URL("http://127.0.0.1/"),
  addEventListener: none,
});
if (!globalThis.navigator?.languages) Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true });
