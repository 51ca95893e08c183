//! What was typed or chosen in the fields of a form, as far as rules may know.

use super::{ElementId, Page};

/// What names of fields for payment cards, passwords and one-time codes have in them where `autocomplete` does not say so.
const PRIVATE_NAMES: [&str; 11] = [
    "passw",
    "cvv",
    "cvc",
    "cardnum",
    "cardno",
    "cardexp",
    "ccnum",
    "ccno",
    "ccexp",
    "onetimecode",
    "securitycode",
];

/// Whether a name, of small letters and digits only, is one of a private field.
fn is_private_name(name: &str) -> bool {
    PRIVATE_NAMES.iter().any(|part| name.contains(part))
        || name.starts_with("csc")
        || name.starts_with("otp")
        || name.ends_with("otp")
}

impl Page {
    /// Whether rules must not know the value: passwords, payment, one-time codes, hidden fields, and what opted out.
    pub(super) fn is_private(&self, element: ElementId) -> bool {
        if self.opted_out(element) {
            return true;
        }
        let of = |name| self.attribute(element, name).unwrap_or_default();
        let kind = of("type").trim().to_ascii_lowercase();
        if matches!(kind.as_str(), "password" | "hidden") {
            return true;
        }
        let filled_with = of("autocomplete").to_ascii_lowercase();
        let mut words = filled_with.split_ascii_whitespace();
        if words.any(|word| {
            let private = ["cc-", "one-time-code", "current-password", "new-password"];
            private.iter().any(|start| word.starts_with(start))
        }) {
            return true;
        }
        [of("name"), of("id")].iter().any(|name| {
            let lower = name.to_ascii_lowercase();
            let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
            is_private_name(&plain)
        })
    }

    /// The value of a field. A box that is not ticked has none.
    pub(super) fn field_value(&self, element: ElementId) -> Option<String> {
        if self.is_private(element) {
            return None;
        }
        let attribute = |name| self.attribute(element, name);
        match self.local_name(element) {
            "input" => {
                let kind = attribute("type").unwrap_or_default().to_ascii_lowercase();
                match kind.as_str() {
                    "file" => None,
                    "checkbox" | "radio" => {
                        let value = attribute("value").unwrap_or("on");
                        attribute("checked").map(|_| value.to_owned())
                    }
                    _ => Some(attribute("value").unwrap_or_default().to_owned()),
                }
            }
            "textarea" => {
                let mut text = String::new();
                self.text(element.0, &mut text);
                Some(text)
            }
            "select" => self.chosen(element),
            _ => None,
        }
    }

    /// The value of the option that is chosen: the last of those marked, else the first of all.
    fn chosen(&self, select: ElementId) -> Option<String> {
        let all = self.descendants(select.0, false);
        let options: Vec<ElementId> = all
            .into_iter()
            .filter(|element| self.local_name(*element) == "option")
            .collect();
        let marked = |option: &&ElementId| self.attribute(**option, "selected").is_some();
        let option = *options.iter().rev().find(marked).or(options.first())?;
        if let Some(value) = self.attribute(option, "value") {
            return Some(value.to_owned());
        }
        let mut text = String::new();
        self.text(option.0, &mut text);
        Some(crate::value::tidy(&text))
    }

    /// The value of the first field of this name that has one. If one of that name is private, none.
    pub(super) fn form_value(&self, form: ElementId, name: &str) -> Option<String> {
        let id = self.attribute(form, "id").unwrap_or_default();
        let mut fields = self.descendants(form.0, false);
        if !id.is_empty() {
            let all = (0..self.nodes.len()).map(ElementId);
            fields.extend(all.filter(|it| self.attribute(*it, "form") == Some(id)));
        }
        fields.retain(|field| self.attribute(*field, "name") == Some(name));
        if fields.iter().any(|field| self.is_private(*field)) {
            return None;
        }
        fields.iter().find_map(|field| self.field_value(*field))
    }
}
