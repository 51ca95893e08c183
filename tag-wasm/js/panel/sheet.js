// How the panel looks. `:host` holds against any rule of the page by `!important`.

export const sheet = `
:host { all: initial !important; position: fixed !important; inset: auto 0 0 auto !important; z-index: 2147483647 !important; display: block !important; contain: layout style !important; }
:host([data-left]) { inset: auto auto 0 0 !important; }
@media print { :host { display: none !important; } }
* { box-sizing: border-box; }
section { font: 13px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; color: #1c2230; background: #fff; border: 1px solid #c9d0dc; border-radius: 10px; margin: 12px; box-shadow: 0 8px 30px rgba(20, 28, 45, .22); overflow-wrap: anywhere; }
.note { width: min(380px, calc(100vw - 24px)); padding: 12px 14px; border-left: 4px solid #c8362b; }
.note p { margin: 6px 0; }
.panel { width: min(430px, calc(100vw - 24px)); height: min(560px, 70vh); display: flex; flex-direction: column; }
.panel[data-small] { height: auto; width: auto; }
.panel[data-small] > :not(header), .panel[data-small] .wide { display: none; }
header { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; padding: 8px 10px; border-bottom: 1px solid #e3e7ee; background: #f4f6fa; border-radius: 10px 10px 0 0; }
header b { margin-right: auto; }
.mark { display: inline-block; width: 9px; height: 9px; border-radius: 50%; background: #1d9a5b; margin-right: 6px; }
.mark[data-state=away] { background: #d98a00; }
.mark[data-state=ended] { background: #c8362b; }
button, select, input, textarea { font: inherit; color: inherit; }
button { background: #fff; border: 1px solid #c2cad8; border-radius: 6px; padding: 2px 8px; cursor: pointer; }
button:hover { background: #eef2fb; }
button:focus-visible, a:focus-visible, summary:focus-visible, select:focus-visible, input:focus-visible, textarea:focus-visible { outline: 2px solid #2f62d9; outline-offset: 1px; }
button[aria-pressed=true] { background: #2f62d9; border-color: #2f62d9; color: #fff; }
.bar { padding: 6px 10px; background: #fff7e6; border-bottom: 1px solid #f0dfb8; }
.bar.bad { background: #fdecea; border-color: #f3c4bf; }
main { overflow: auto; flex: 1 1 40px; min-height: 0; }
.work { overflow: auto; flex: 0 1 auto; min-height: 0; }
details { border-bottom: 1px solid #e9edf3; }
summary { padding: 6px 10px; cursor: pointer; display: flex; gap: 6px; flex-wrap: wrap; align-items: baseline; }
summary:hover { background: #f6f8fc; }
summary time, .quiet { color: #667085; }
summary time { font-variant-numeric: tabular-nums; font-size: 12px; }
.chip { background: #e2f5ea; color: #0d6b3c; border-radius: 9px; padding: 0 7px; font-size: 12px; }
.chip.plain { background: #eaeef5; color: #475067; }
.chip.wait { background: #fff1d6; color: #8a5a00; }
.inside { padding: 2px 12px 10px 18px; }
.before { border-top: 2px solid #e9edf3; }
.before > h4 { margin: 0; padding: 8px 10px 2px; color: #667085; }
h4 { font: inherit; font-weight: 600; margin: 8px 0 2px; }
ul { margin: 2px 0 4px; padding-left: 16px; }
table { border-collapse: collapse; margin: 2px 0 6px; }
td { padding: 1px 8px 1px 0; vertical-align: top; }
td:first-child { color: #667085; white-space: nowrap; }
code { font: 12px/1.4 ui-monospace, 'SFMono-Regular', Menlo, Consolas, monospace; background: #f1f4f9; border-radius: 4px; padding: 0 4px; }
.more { border: 0; }
.more > summary { padding: 2px 0; color: #475067; }
.empty { padding: 18px 14px; color: #667085; }
form { padding: 10px; border-bottom: 1px solid #e3e7ee; display: grid; gap: 6px; }
form label { display: grid; gap: 2px; }
form select, form input, form textarea { width: 100%; border: 1px solid #c2cad8; border-radius: 6px; padding: 3px 6px; background: #fff; }
form textarea { height: 150px; resize: vertical; font: 12px/1.4 ui-monospace, Menlo, Consolas, monospace; white-space: pre; }
form p { margin: 0; }
form .more > label { margin-top: 4px; } form .more > .row { margin-top: 6px; }
.put { background: #2f62d9; border: 1px solid #2f62d9; border-radius: 6px; color: #fff; padding: 2px 10px; text-decoration: none; }
.put:hover { background: #2450b8; } .put:not([href]) { opacity: .5; }
form .row { display: flex; gap: 6px; justify-content: flex-end; }
.light { position: fixed; pointer-events: none; border: 2px solid #2f62d9; background: rgba(47, 98, 217, .12); border-radius: 3px; display: none; }
.light[data-on] { display: block; }
.tip { position: fixed; pointer-events: none; display: none; background: #1c2230; color: #fff; padding: 1px 7px; border-radius: 5px; font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; max-width: 80vw; }
.tip[data-on] { display: block; }
@media (prefers-color-scheme: dark) {
  section { color: #e6eaf2; background: #171c26; border-color: #3a4456; }
  header { background: #1f2633; border-color: #313b4d; }
  button, form select, form input, form textarea { background: #202836; border-color: #46526a; }
  button:hover, summary:hover { background: #273144; }
  details, form, .before { border-color: #2a3342; }
  summary time, .quiet, td:first-child, .more > summary, .empty, .before > h4 { color: #9aa6bd; }
  code { background: #232c3b; }
  .chip { background: #123b27; color: #8fe0b4; } .chip.plain { background: #2a3444; color: #c4cddd; } .chip.wait { background: #43330f; color: #f3cf86; }
  .bar { background: #3a2f12; border-color: #57481d; } .bar.bad { background: #44201d; border-color: #6b302b; }
}
`;
