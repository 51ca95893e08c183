// A menu that is wider than the screen shows the entry of the page that is open.

export function showCurrent(menu: HTMLElement): void {
  const entry = menu.querySelector<HTMLElement>("[aria-current]");
  if (!entry || menu.scrollWidth <= menu.clientWidth) return;
  const at = entry.getBoundingClientRect().left - menu.getBoundingClientRect().left + menu.scrollLeft;
  menu.scrollLeft = at - (menu.clientWidth - entry.offsetWidth) / 2;
}
