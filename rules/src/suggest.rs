//! "Did you mean": the known name nearest to what was written.

/// Names longer than this are not compared: nobody misspells that much.
const MAX_CHARS: usize = 64;
/// Letters of a name of which only the beginning was written, at least.
const MIN_BEGINNING: usize = 3;

/// What words of other tools and languages are called here. A word may have several meanings: the choices decide.
const ELSEWHERE: &[(&str, &str)] = &[
    ("string", "text"),
    ("str", "text"),
    ("float", "number"),
    ("decimal", "number"),
    ("double", "number"),
    ("int", "integer"),
    ("price", "money"),
    ("currency", "money"),
    ("amount", "money"),
    ("bool", "boolean"),
    ("datetime", "date"),
    ("timestamp", "date"),
    ("array", "list"),
    ("lowercase", "lower"),
    ("to_lower", "lower"),
    ("tolowercase", "lower"),
    ("uppercase", "upper"),
    ("to_upper", "upper"),
    ("touppercase", "upper"),
    ("strip", "trim"),
    ("sha256", "hash"),
    ("md5", "hash"),
    ("mask", "redact"),
    ("anonymize", "redact"),
    ("extract", "capture"),
    ("regex", "capture"),
    ("range", "bucket"),
    ("external", "outbound"),
    ("tel", "phone"),
    ("email", "mail"),
    ("file", "download"),
    ("chat", "messenger"),
    ("sent", "submit"),
    ("blur", "abandon"),
    ("play", "start"),
    ("end", "complete"),
    ("ended", "complete"),
    ("pageview", "page"),
    ("user", "visitor"),
    ("person", "visitor"),
    ("none", "cookieless"),
    ("allow", "granted"),
    ("yes", "granted"),
    ("deny", "denied"),
    ("no", "denied"),
];

/// The choice that was meant: by another tool's name for it, or by a slip of the hand.
pub(crate) fn meant(word: &str, choices: &[&str]) -> Option<String> {
    let lower = word.to_lowercase();
    let mut named = ELSEWHERE
        .iter()
        .filter(|(other, here)| *other == lower && choices.contains(here));
    match named.next() {
        Some((_, here)) => Some((*here).to_owned()),
        None => nearest(word, choices.iter().copied()),
    }
}

/// The candidate nearest to `name`, if it is near enough to be a slip of the hand.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    if name.is_empty() || name.len() > MAX_CHARS {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let chars: Vec<char> = candidate.to_lowercase().chars().collect();
            if chars.len() > MAX_CHARS {
                return None;
            }
            // A third of the letters may be wrong, but never all of a short name.
            let allowed = (name.len().max(chars.len()) / 3).max(1);
            // `every` is meant as `every_ms`.
            let is_beginning = name.len() >= MIN_BEGINNING
                && chars.starts_with(&name)
                && chars.get(name.len()) == Some(&'_');
            let distance = if is_beginning {
                1
            } else {
                distance(&name, &chars)
            };
            (distance <= allowed && distance < chars.len()).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}

/// Letters to add, remove, replace or swap with their neighbour to get from one to the other.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (row, &left) in from.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        current.push(row + 1);
        let mut previous_right = None;
        for (column, &right) in to.iter().enumerate() {
            let at =
                |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&above, column) + usize::from(left != right);
            let mut best = replaced
                .min(at(&above, column + 1) + 1)
                .min(at(&current, column) + 1);
            if column > 0 && previous == Some(right) && previous_right == Some(left) {
                best = best.min(at(&before, column - 1) + 1);
            }
            current.push(best);
            previous_right = Some(right);
        }
        before = std::mem::replace(&mut above, current);
        previous = Some(left);
    }
    above.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_of_the_hand() {
        let known = ["click", "form", "pageview", "visible"];
        for (typed, meant) in [
            ("clik", Some("click")),
            ("Click", Some("click")),
            ("lcick", Some("click")),
            ("page_view", Some("pageview")),
            ("vizible", Some("visible")),
            ("from", Some("form")),
            ("scroll", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, known).as_deref(), meant, "{typed}");
        }
    }
}
