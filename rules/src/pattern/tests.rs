use super::{Pattern, PatternFault};

fn accepted(text: &str) -> Result<(), PatternFault> {
    Pattern::parse(text, false).map(|_| ())
}

#[test]
fn accepts_what_people_write() {
    for text in [
        "^/product/",
        r"^/product/\d+$",
        r"/(spring|summer|autumn)-sale/?$",
        ".*promo.*",
        r"utm_source=(google|yandex)(&|$)",
        r"\.(pdf|docx?|zip)$",
        r"^https?://([a-z0-9-]+\.)?shop\.example/",
        r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}",
        r"^\+?\d[\d ()-]{5,}$",
        "foo.*bar",
        "utm_source=.*utm_medium=.*cpc",
        "^.*foo.*bar",
        r"\s+$",
        "купить|заказать",
        r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$",
        r"^/(?!admin)",
        r"[\u0400-\u04ff]+",
        r"\u{1f600}|\ud83d\ude01",
        r"[^/?#]+$",
        r"^(?:[a-z]{2}/)?catalog/",
        "a{2,1000}b",
        r"[\w-]+",
        r"^$",
    ] {
        assert_eq!(accepted(text), Ok(()), "{text}");
    }
}

#[test]
fn refuses_what_can_freeze_a_page() {
    use PatternFault::{Lookahead, NestedRepeat, OverlappingRepeats, TooComplex, TooManyWays};
    for (text, fault) in [
        ("(a+)+$", NestedRepeat),
        ("(a*)*b", NestedRepeat),
        ("(?:[a-z]+)*x", NestedRepeat),
        (r"([a-z]+\.)+ru", NestedRepeat),
        ("(a{20,})+", NestedRepeat),
        ("(a|a)*$", TooManyWays),
        ("(a|ab)(c|bcd)(d*)*", NestedRepeat),
        ("(?:a|ab|b)+$", TooManyWays),
        ("(?:a?b?)+$", TooManyWays),
        ("(?:aa?)+$", TooManyWays),
        ("(?:a|)+$", TooManyWays),
        (r"(?:\w|\d)+$", TooManyWays),
        ("(?:(?=a)a)+", Lookahead),
        (r"\s*\s*x", OverlappingRepeats),
        ("GGGGG.+..GGGG.+..mm", OverlappingRepeats),
        (r"\d+.*\d+!", OverlappingRepeats),
        ("a.*b.*c", OverlappingRepeats),
        ("foo.*bar.*baz", OverlappingRepeats),
        (".*a.*a.*a.*x", OverlappingRepeats),
        (r"a*a*a*$", OverlappingRepeats),
        (r"\w+[a-z]+@", OverlappingRepeats),
        (&"a?".repeat(30), TooManyWays),
        (&"(?:|)".repeat(30), TooManyWays),
        (&"(?:a|a)".repeat(30), TooManyWays),
        ("(?:a{1,8}){1,8}b", TooManyWays),
        (&"x".repeat(400), TooComplex),
    ] {
        assert_eq!(accepted(text), Err(fault), "{text}");
    }
}

#[test]
fn refuses_what_is_no_pattern_or_not_the_same_everywhere() {
    use PatternFault::{
        Backreference, BadEscape, BadGroup, BadRange, BadRepeat, Empty, Flags, Lookbehind,
        NothingToRepeat, Property, StrayBrace, StrayParenthesis, UnclosedClass, UnclosedGroup,
    };
    for (text, fault) in [
        ("", Empty),
        ("(?<=a)b", Lookbehind),
        ("(?<!a)b", Lookbehind),
        (r"(a)\1", Backreference),
        (r"\p{L}", Property),
        ("(?i)abc", Flags),
        ("(?i:abc)", Flags),
        ("(abc", UnclosedGroup),
        ("abc)", StrayParenthesis),
        ("[abc", UnclosedClass),
        ("*abc", NothingToRepeat),
        ("a**", NothingToRepeat),
        ("^*", NothingToRepeat),
        ("a{2,1}", BadRepeat),
        ("a{,2}", BadRepeat),
        ("a{1001}", BadRepeat),
        (r"\q", BadEscape('q')),
        (r"\ud800", BadEscape('u')),
        (r"\-", BadEscape('-')),
        ("[z-a]", BadRange),
        (r"[\d-x]", BadRange),
        ("a}", StrayBrace('}')),
        ("a]", StrayBrace(']')),
        ("{{sku}}", StrayBrace('{')),
        ("(?P<x>a)", BadGroup),
        ("(?<x>a)", BadGroup),
        (".*(", UnclosedGroup),
    ] {
        assert_eq!(accepted(text), Err(fault), "{text}");
    }
}

#[test]
fn leaves_out_idle_ends() {
    for (text, source) in [
        (".*promo.*", "promo"),
        (".*?promo", "promo"),
        (".*", ".*"),
        (r"a\.*", r"a\.*"),
        (r"a\\.*", r"a\\"),
        ("^.*x", "^.*x"),
    ] {
        assert_eq!(
            Pattern::parse(text, false)
                .map(|pattern| pattern.source)
                .as_deref(),
            Ok(source),
            "{text}"
        );
    }
}

#[test]
fn case_counts_in_what_overlaps() {
    assert_eq!(accepted("[a-z]*[A-Z]*!"), Ok(()));
    assert_eq!(
        Pattern::parse("[a-z]*[A-Z]*!", true),
        Err(PatternFault::OverlappingRepeats)
    );
}
