//! Which parts of the loader a release needs. A site's script carries only those (`tag-wasm/js/parts`), so that nobody
//! downloads listeners for what no rule of the site waits for.

mod values;

use crate::host::Lent;
use crate::release::{EventKind, Release};

/// The parts, by what makes them necessary.
const PARTS: [(EventKind, &str); 1] = [(EventKind::Visible, "watch")];

/// Names of the parts that a release needs, each once.
pub fn parts(release: &Release) -> Vec<&'static str> {
    let mut needed: Vec<_> = PARTS
        .iter()
        .filter(|(event, _)| !release.waiting_for(*event).is_empty())
        .map(|(_, part)| *part)
        .collect();
    if release.lends(Lent::Ecommerce) {
        needed.push("ecommerce");
    }
    needed.dedup();
    needed.extend(values::parts(release));
    needed
}

/// The settings of a site as the loader's source wants them: its JSON, with the parts in it. Each part is a script that
/// calls `weirPart`.
pub fn settings(json: &str, parts: &[&str]) -> String {
    let mut out = String::from(json);
    // A part is JavaScript, not JSON: it becomes one more key of the object.
    if !parts.is_empty() && out.pop() == Some('}') {
        out.push_str(",\"parts\":function(weirPart){");
        out.push_str(&parts.concat());
        out.push_str("}}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(container: &str) -> Vec<&'static str> {
        let container = crate::check(container).container.unwrap();
        parts(&Release::read(&crate::compile(&container, 1)).unwrap())
    }

    #[test]
    fn only_what_rules_wait_for_is_needed() {
        let rules = |trigger: &str| {
            format!(
                r#"{{"weir":1,"site":{{"id":"shop"}},"triggers":{{"t":{trigger}}},
                    "tags":[{{"name":"T","on":["t"],"event":"e"}}]}}"#
            )
        };
        assert!(needed(&rules(r#"{"click":{"selector":"a"}}"#)).is_empty());
        assert_eq!(needed(&rules(r#"{"visible":{"selector":"a"}}"#)), ["watch"]);
        let shop = r#"{"weir":1,"site":{"id":"shop"},"automatic":{"ecommerce":true}}"#;
        assert_eq!(needed(shop), ["ecommerce"]);
    }

    #[test]
    fn parts_become_a_function_among_the_settings() {
        assert_eq!(settings("{\"site\":\"shop\"}", &[]), "{\"site\":\"shop\"}");
        assert_eq!(
            settings("{\"site\":\"shop\"}", &["a();", "b();"]),
            "{\"site\":\"shop\",\"parts\":function(weirPart){a();b();}}"
        );
    }
}
