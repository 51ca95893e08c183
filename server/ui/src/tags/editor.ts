// CodeMirror, put together for containers.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Problem } from "../api/types";
import { placeOf, rangeOf, read, type JsonObject } from "../document/text";
import { complete, describe } from "./completion";
import type { Schema } from "./schema.svelte";

export interface Editor {
  setText(text: string): void;
  setProblems(problems: Problem[]): void;
  setReadOnly(readOnly: boolean): void;
  show(range: { from: number; to: number }): void;
  destroy(): void;
}

interface Options {
  text: string;
  label: string;
  readOnly: boolean;
  change: (text: string) => void;
  /** For what is shown at once, if it is there already. */
  schema: () => Schema | null;
  /** For what can wait for it. */
  schemaReady: () => Promise<Schema | null>;
  document: () => JsonObject | null;
}

/** Colours are those of the page, which reach into the shadow root. */
const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--card)", fontSize: "0.92rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "-3px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--accent)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--accent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--accent-soft) !important" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--soft)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--sunk) 70%, transparent)" },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "8px", maxWidth: "32rem", padding: "0.25rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "0.8" },
  ".cm-tooltip-hover": { padding: "0.4rem 0.6rem" },
  ".cm-panels": { backgroundColor: "var(--sunk)", color: "var(--ink)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)" },
  // CodeMirror's own marks are pictures in data: URLs, which the page's policy refuses.
  ".cm-lintRange": { backgroundImage: "none !important", textDecoration: "underline wavy var(--warn)", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--bad)" },
  ".cm-lint-marker": { content: "none !important", borderRadius: "50%", width: "0.7em", height: "0.7em", margin: "0.35em 0", backgroundColor: "var(--warn)" },
  ".cm-lint-marker-error": { backgroundColor: "var(--bad)" },
  ".cm-diagnostic": { whiteSpace: "pre-wrap" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunk)", color: "var(--soft)", border: "none" },
});
const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.string, color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: tags.punctuation, color: "var(--soft)" },
]);

/** Where a problem stands: at what it names, else at its line. */
function placed(state: EditorState, problem: Problem): Diagnostic {
  const text = state.doc.toString();
  const doc = problem.path === "" ? null : read(text);
  const named = doc ? placeOf(doc, problem.path) : [];
  let range = doc && named.length > 0 ? rangeOf(text, named) : null;
  if (!range) {
    const line = state.doc.line(Math.min(Math.max(1, problem.line), state.doc.lines));
    const from = Math.min(line.from + Math.max(0, problem.column - 1), line.to);
    range = { from, to: Math.max(from, line.to) };
  } else if (state.doc.lineAt(range.from).number !== state.doc.lineAt(range.to).number) {
    // Something large: its first line is enough to see where it is.
    range = { from: range.from, to: state.doc.lineAt(range.from).to };
  }
  return { ...range, severity: problem.severity === "error" ? "error" : "warning", message: [problem.message, problem.hint].filter(Boolean).join("\n"), source: problem.code };
}

export function createEditor(root: ShadowRoot, options: Options): Editor {
  void options.schemaReady();
  const editable = new Compartment();
  const readOnly = (value: boolean) => [EditorState.readOnly.of(value)];
  /** The last problems, to be placed again when the text is replaced. */
  let problems: Problem[] = [];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(), foldGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), highlightActiveLine(), highlightSelectionMatches(),
        json(), syntaxHighlighting(colours), look, lintGutter(), EditorView.lineWrapping,
        EditorState.tabSize.of(2),
        EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
        editable.of(readOnly(options.readOnly)),
        autocompletion({ override: [async (context) => complete(context, await options.schemaReady(), options.document())], activateOnTyping: true }),
        hoverTooltip((at, place) => describe(at.state.doc.toString(), place, options.schema())),
        // Tab leaves the editor, as everywhere on a page, unless Escape was not pressed first: CodeMirror's own rule.
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, ...defaultKeymap, indentWithTab]),
        EditorView.updateListener.of((update) => {
          const mine = update.transactions.some((one) => one.docChanged && one.annotation(Transaction.remote) !== true);
          if (mine) options.change(update.state.doc.toString());
        }),
      ],
    }),
  });
  const mark = (): void => view.dispatch(setDiagnostics(view.state, problems.map((one) => placed(view.state, one))));
  return {
    setText(text) {
      const now = view.state.doc.toString();
      if (text === now) return;
      // Only what differs is replaced, so that the cursor stays where it is.
      let start = 0;
      while (start < Math.min(now.length, text.length) && now[start] === text[start]) start += 1;
      let end = 0;
      while (end < Math.min(now.length, text.length) - start && now[now.length - 1 - end] === text[text.length - 1 - end]) end += 1;
      view.dispatch({ changes: { from: start, to: now.length - end, insert: text.slice(start, text.length - end) }, annotations: Transaction.remote.of(true) });
    },
    setProblems(list) {
      problems = list;
      mark();
    },
    setReadOnly: (value) => view.dispatch({ effects: editable.reconfigure(readOnly(value)) }),
    show(range) {
      view.dispatch({ selection: { anchor: range.from, head: range.from }, effects: EditorView.scrollIntoView(range.from, { y: "start", yMargin: 60 }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}
