// A menu that is wider than the screen shows the entry of the page that is open.

/** From now on, however its width or that of its entries changes: words of another language, a font that comes late, a phone turned. */
export function keepCurrentShown(menu: HTMLElement): () => void {
  const widths = new ResizeObserver(() => showCurrent(menu));
  for (const one of [menu, ...menu.children]) widths.observe(one);
  return () => widths.disconnect();
}

export function showCurrent(menu: HTMLElement): void {
  const entry = menu.querySelector<HTMLElement>("[aria-current]");
  if (!entry || menu.scrollWidth <= menu.clientWidth) return;
  const at = entry.getBoundingClientRect().left - menu.getBoundingClientRect().left + menu.scrollLeft;
  menu.scrollLeft = at - (menu.clientWidth - entry.offsetWidth) / 2;
}
