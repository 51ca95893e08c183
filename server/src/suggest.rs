//! "Did you mean": the nearest of the names that exist.

/// Names further apart than this share of their length are no typing mistake.
const NEAR_ENOUGH: f64 = 0.8;

/// The name among `known` that a person most likely meant by `typed`.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(typed, name), name))
        .filter(|(score, _)| *score >= NEAR_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// A hint for a name that does not exist: the nearest one, else all of them.
pub fn hint<'a>(typed: &str, what: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = nearest(typed, known.iter().copied()) {
        return format!("did you mean `{name}`?");
    }
    if known.is_empty() {
        return format!("there are no {what}s yet");
    }
    let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("the {what}s that exist: {}", list.join(", "))
}

/// The same in Russian.
pub fn hint_in_russian<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = nearest(typed, known.iter().copied()) {
        return format!("может быть, `{name}`?");
    }
    if known.is_empty() {
        return "здесь пока ничего нет".to_owned();
    }
    let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("есть: {}", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_slip_of_the_finger_and_lists_the_rest() {
        let known = ["listen", "sql_listen", "data"];
        assert_eq!(nearest("listn", known), Some("listen"));
        assert_eq!(hint("lisen", "setting", known), "did you mean `listen`?");
        assert_eq!(
            hint("zzz", "setting", known),
            "the settings that exist: `listen`, `sql_listen`, `data`"
        );
        assert_eq!(hint("x", "funnel", []), "there are no funnels yet");
    }
}
