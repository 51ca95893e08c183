//! Somebody at the web application who has no mouse: keys as the browser gets them, and where the focus is.

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use crate::marketer::Marketer;

/// So many keys are pressed at most on the way to something.
const FARTHEST: usize = 90;

/// A key, or a chord of them.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    name: &'static str,
    code: u32,
    /// What it writes.
    text: &'static str,
    modifiers: u32,
}

impl Key {
    /// On to what comes next.
    pub const TAB: Self = Self::plain("Tab", 9);
    /// Back to what came before.
    pub const BACK_TAB: Self = Self {
        modifiers: 8,
        ..Self::TAB
    };
    /// Does it.
    pub const ENTER: Self = Self {
        text: "\r",
        ..Self::plain("Enter", 13)
    };
    /// Leaves it.
    pub const ESCAPE: Self = Self::plain("Escape", 27);
    /// To the left.
    pub const LEFT: Self = Self::plain("ArrowLeft", 37);
    /// Up.
    pub const UP: Self = Self::plain("ArrowUp", 38);
    /// To the right.
    pub const RIGHT: Self = Self::plain("ArrowRight", 39);
    /// Down.
    pub const DOWN: Self = Self::plain("ArrowDown", 40);
    /// Takes away.
    pub const BACKSPACE: Self = Self::plain("Backspace", 8);
    /// Ctrl and A: all of it.
    pub const ALL: Self = Self {
        modifiers: 2,
        ..Self::plain("a", 65)
    };
    /// Ctrl and the space bar: what may stand here.
    pub const OFFER: Self = Self {
        modifiers: 2,
        ..Self::plain(" ", 32)
    };

    const fn plain(name: &'static str, code: u32) -> Self {
        Self {
            name,
            code,
            text: "",
            modifiers: 0,
        }
    }
}

/// What has the focus, how it is called, and whether an eye finds it.
const FOCUSED: &str = "
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    const named = one.ariaLabel || [...(one.labels ?? [])].map((label) => label.textContent).join(' ') || one.textContent;
    const isMarked = (of) => of !== null && getComputedStyle(of).outlineStyle !== 'none' && parseFloat(getComputedStyle(of).outlineWidth) >= 2;
    const box = (one.closest('.button') ?? one).getBoundingClientRect();
    return { name: named.trim(), isNowhere: one === document.body,
      isSeen: (isMarked(one) || isMarked(one.closest('.button'))) && box.bottom > 0 && box.top < innerHeight };";

impl Marketer {
    /// Presses a key and lets it go.
    pub async fn key(&self, key: Key) -> Result<()> {
        let down = if key.text.is_empty() {
            "rawKeyDown"
        } else {
            "keyDown"
        };
        for kind in [down, "keyUp"] {
            let text = if kind == "keyDown" { key.text } else { "" };
            let pressed = json!({ "type": kind, "key": key.name, "code": key.name, "windowsVirtualKeyCode": key.code,
                                  "modifiers": key.modifiers, "text": text });
            self.visitor
                .devtools("Input.dispatchKeyEvent", pressed)
                .await?;
        }
        Ok(())
    }

    /// Types where the focus is, letter by letter, in the place of what is there.
    pub async fn type_over(&self, text: &str) -> Result<()> {
        self.key(Key::ALL).await?;
        for letter in text.chars().map(String::from) {
            for (kind, text) in [("keyDown", letter.as_str()), ("keyUp", "")] {
                let pressed = json!({ "type": kind, "key": letter, "text": text });
                self.visitor
                    .devtools("Input.dispatchKeyEvent", pressed)
                    .await?;
            }
        }
        Ok(())
    }

    /// Goes on with a key until the focus is on what is called so; on the way it is always somewhere, and always to be seen.
    pub async fn reach(&self, key: Key, words: &str) -> Result<()> {
        let mut passed = Vec::new();
        while passed.len() < FARTHEST {
            self.key(key).await?;
            let focused = self.visitor.run(FOCUSED).await?;
            let is = |key| focused.get(key) == Some(&Value::Bool(true));
            ensure!(
                !is("isNowhere") && is("isSeen"),
                "the focus is not to be seen: {focused}, after {passed:?}"
            );
            let name = focused.get("name").and_then(Value::as_str);
            let name = name.unwrap_or_default().to_owned();
            if name.starts_with(words) {
                return Ok(());
            }
            passed.push(name.chars().take(40).collect::<String>());
        }
        bail!("no way to “{words}” by {}: {passed:?}", key.name)
    }

    /// Something has the focus, now or in a moment: keys go on from there.
    pub async fn is_somewhere(&self) -> Result<()> {
        self.visitor
            .wait_until("document.activeElement !== document.body")
            .await
    }
}
