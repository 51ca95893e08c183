// The focus is never nowhere. When what has it goes away, or cannot be used for as long as the server is asked, browsers give it to
// nothing at all: keys then begin at the top of the page, and whoever cannot see it is not told where they are. What was around it
// takes it instead, and what can be used again has it back.

/** What may have it in place of something inside it: these are told by their names. */
const HOLDERS = "dialog, fieldset, form, li, main, section";

/** From now on, until what is returned is called. */
export function keepFocus(): () => void {
  let last: HTMLElement | null = null;
  let around: Element[] = [];
  const isNowhere = (): boolean => document.activeElement === null || document.activeElement === document.body;
  const isUsable = (one: HTMLElement): boolean => one.isConnected && !one.matches(":disabled");

  function entered({ target }: FocusEvent): void {
    if (!(target instanceof HTMLElement)) return;
    last = target;
    around = [];
    for (let one = target.parentElement; one; one = one.parentElement) around.push(one);
  }
  /** Whoever clicks on nothing in particular means it. Browsers say the same when an element goes, which is known once it is gone. */
  function left(): void {
    const from = last;
    queueMicrotask(() => {
      if (from && from === last && isNowhere() && isUsable(from)) last = null;
    });
  }
  function changed(): void {
    if (!last || !isNowhere()) return;
    if (last.isConnected) {
      if (isUsable(last)) last.focus({ preventScroll: true });
      return;
    }
    last = null;
    const holder = around.find((one) => one.isConnected && one.matches(HOLDERS)) ?? document.querySelector("main");
    if (!(holder instanceof HTMLElement)) return;
    if (!holder.hasAttribute("tabindex")) holder.tabIndex = -1;
    holder.focus({ preventScroll: true });
  }

  /** Whoever presses elsewhere goes elsewhere, also while what has the focus cannot be used. */
  function pressed({ target }: PointerEvent): void {
    if (last && target instanceof Node && !last.contains(target)) last = null;
  }

  const watch = new MutationObserver(changed);
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
  document.addEventListener("focusin", entered);
  document.addEventListener("focusout", left);
  document.addEventListener("pointerdown", pressed, true);
  return () => {
    watch.disconnect();
    document.removeEventListener("focusin", entered);
    document.removeEventListener("focusout", left);
    document.removeEventListener("pointerdown", pressed, true);
  };
}
