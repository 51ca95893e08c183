// The browser of a session as people know it. What browsers say of themselves is long, and names others for old sites' sake.

/** The first that fits: those that also name Chrome or Safari come before these. */
const BROWSERS: [RegExp, string][] = [
  [/YaBrowser\/(\d+)/, "Yandex Browser"],
  [/(?:Edg|EdgA|EdgiOS)\/(\d+)/, "Edge"],
  [/(?:OPR|Opera)\/(\d+)/, "Opera"],
  [/SamsungBrowser\/(\d+)/, "Samsung Internet"],
  [/(?:Firefox|FxiOS)\/(\d+)/, "Firefox"],
  [/(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, "Chrome"],
  [/Version\/(\d+).*Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Macintosh/, "macOS"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** "Chrome 140, Windows"; what says nothing that is known here stays as it is. */
export function browserWords(agent: string): string {
  const browser = BROWSERS.find(([sign]) => sign.test(agent));
  if (!browser) return agent;
  const system = SYSTEMS.find(([sign]) => sign.test(agent))?.[1];
  return [`${browser[1]} ${browser[0].exec(agent)?.[1] ?? ""}`, system].filter(Boolean).join(", ");
}
