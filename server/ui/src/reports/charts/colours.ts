// The colours of the page, as a canvas can use them.

export interface Colours {
  ink: string;
  soft: string;
  line: string;
  card: string;
  accent: string;
  warn: string;
  /** Of lines that stand beside each other. */
  lines: string[];
}

const LINES = {
  light: ["#0b6585", "#c2571a", "#5b7f1f", "#8a4fa3", "#b3261e", "#3f6fb5", "#6b7780"],
  dark: ["#53bcdd", "#f0a06a", "#a5cf5f", "#cf9ee6", "#ff9a8f", "#8fb7f5", "#9db0ba"],
};

export function colours(near: Element): Colours {
  const probe = document.createElement("span");
  probe.hidden = true;
  near.parentElement?.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = { ink: read("ink"), soft: read("soft"), line: read("line"), card: read("card"), accent: read("accent"), warn: read("warn") };
  probe.remove();
  return { ...found, lines: isDark(found.card) ? LINES.dark : LINES.light };
}

/** Whether a colour, as computed, is a dark one. */
function isDark(colour: string): boolean {
  const [red = 255, green = 255, blue = 255] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return red * 0.3 + green * 0.6 + blue * 0.1 < 128;
}
