//! Conditions: `all`, `any`, `not`, operators, and where the variables that are built in stand in them.

#![expect(
    clippy::indexing_slicing,
    reason = "in constants, where a wrong index does not compile"
)]

use super::built_in::BUILT_IN;
use super::shape::{Key, Said, Shape, Type, key, said};

const TEXT_OPERAND: Type = Type::Text;
/// What is compared by size: a number, or a date as a text.
const ORDERED: Type = Type::Either(&Type::AnyNumber, &Type::FilledText);

pub(super) struct OperatorRow {
    pub(super) name: &'static str,
    pub(super) holds: Type,
    pub(super) said: Said,
    pub(super) negated: Said,
    pub(super) example: &'static str,
}

const fn operator(
    name: &'static str,
    holds: Type,
    said: Said,
    negated: Said,
    example: &'static str,
) -> OperatorRow {
    OperatorRow {
        name,
        holds,
        said,
        negated,
        example,
    }
}

/// Operators, with and without `not_`.
pub(super) const OPERATORS: &[OperatorRow] = &[
    operator(
        "equals",
        Type::Scalar,
        said("Is this.", "Равно этому."),
        said("Is not this.", "Не равно этому."),
        "\"/cart\"",
    ),
    operator(
        "contains",
        TEXT_OPERAND,
        said("Has this text in it.", "Содержит этот текст."),
        said(
            "Does not have this text in it.",
            "Не содержит этого текста.",
        ),
        "\"sale\"",
    ),
    operator(
        "starts_with",
        TEXT_OPERAND,
        said("Begins with this text.", "Начинается с этого текста."),
        said(
            "Does not begin with this text.",
            "Не начинается с этого текста.",
        ),
        "\"/product/\"",
    ),
    operator(
        "ends_with",
        TEXT_OPERAND,
        said("Ends with this text.", "Заканчивается этим текстом."),
        said(
            "Does not end with this text.",
            "Не заканчивается этим текстом.",
        ),
        "\".pdf\"",
    ),
    operator(
        "matches",
        Type::FilledText,
        said(
            "Fits this pattern (a regular expression), anywhere in it.",
            "Подходит под шаблон (регулярное выражение), в любом месте.",
        ),
        said("Does not fit this pattern.", "Не подходит под шаблон."),
        "\"^/product/\\\\d+$\"",
    ),
    operator(
        "in",
        Type::List(&Type::Scalar, 1),
        said("Is one of these.", "Одно из этих."),
        said("Is none of these.", "Ни одно из этих."),
        "[\"google\", \"yandex\"]",
    ),
    operator(
        "less_than",
        ORDERED,
        said("Is less, or earlier.", "Меньше или раньше."),
        said("Is not less, nor earlier.", "Не меньше и не раньше."),
        "100",
    ),
    operator(
        "at_most",
        ORDERED,
        said("Is at most this.", "Не больше этого."),
        said("Is more than this.", "Больше этого."),
        "100",
    ),
    operator(
        "greater_than",
        ORDERED,
        said("Is more, or later.", "Больше или позже."),
        said("Is not more, nor later.", "Не больше и не позже."),
        "1000",
    ),
    operator(
        "at_least",
        ORDERED,
        said("Is at least this.", "Не меньше этого."),
        said("Is less than this.", "Меньше этого."),
        "1000",
    ),
    operator(
        "exists",
        Type::Boolean,
        said(
            "Is there at all; an empty text is there.",
            "Есть вообще; пустой текст тоже есть.",
        ),
        said("Is not there.", "Нет такого."),
        "true",
    ),
    operator(
        "empty",
        Type::Boolean,
        said(
            "Is not there, or is an empty text.",
            "Нет или пустой текст.",
        ),
        said("Is there and is not empty.", "Есть и не пустой."),
        "true",
    ),
    operator(
        "matches_selector",
        Type::FilledText,
        said(
            "The element fits this CSS selector.",
            "Элемент подходит под этот CSS-селектор.",
        ),
        said(
            "The element does not fit this CSS selector.",
            "Элемент не подходит под этот CSS-селектор.",
        ),
        "\".sale *\"",
    ),
];

const fn built_in(name: &'static str, said: Said) -> Key {
    key(name, Type::Shape("comparison"), said.en, said.ru)
}

/// The keys of a condition: what joins, and every built-in variable.
const CONDITION_KEYS: &[Key] = &{
    let mut keys = [key(
        "all",
        Type::List(&Type::Shape("condition"), 1),
        "All of these are true.",
        "Верно всё перечисленное.",
    ); 3 + BUILT_IN.len()];
    keys[1] = key(
        "any",
        Type::List(&Type::Shape("condition"), 1),
        "At least one of these is true.",
        "Верно хотя бы одно.",
    );
    keys[2] = key(
        "not",
        Type::Shape("condition"),
        "This is not true.",
        "Это неверно.",
    );
    let mut at = 0;
    while at < BUILT_IN.len() {
        keys[3 + at] = built_in(BUILT_IN[at].0, BUILT_IN[at].1);
        at += 1;
    }
    keys
};

const COMPARISON_KEYS: &[Key] = &{
    let mut keys = [key(
        "ignore_case",
        Type::Boolean,
        "Whether `Sale` and `SALE` are the same; beside operators that compare texts.",
        "Считать ли `Sale` и `SALE` одним и тем же; рядом с операторами, сравнивающими тексты.",
    )
    .default("false"); 1 + 2 * OPERATORS.len()];
    let mut at = 0;
    while at < OPERATORS.len() {
        let row = &OPERATORS[at];
        keys[1 + 2 * at] = key(row.name, row.holds, row.said.en, row.said.ru).example(row.example);
        keys[2 + 2 * at] = key(NEGATED[at], row.holds, row.negated.en, row.negated.ru);
        at += 1;
    }
    keys
};

/// What steps of funnels and goals can ask: no sizes, no elements, and case always matters.
const STEP_COMPARISON_KEYS: &[Key] = &{
    let mut keys = [COMPARISON_KEYS[1]; 2 * STEP_OPERATORS];
    let mut from = 1;
    let mut to = 0;
    while from < COMPARISON_KEYS.len() {
        if is_for_steps(COMPARISON_KEYS[from].name) {
            keys[to] = COMPARISON_KEYS[from];
            to += 1;
        }
        from += 1;
    }
    keys
};

/// `equals contains starts_with ends_with matches in exists empty`.
const STEP_OPERATORS: usize = 8;

/// Whether an operator is none of those that steps do not know, by what those have in common with no other.
const fn is_for_steps(name: &str) -> bool {
    let mut at = 0;
    let mut count = 0;
    while at < NOT_FOR_STEPS.len() {
        if same(name, NOT_FOR_STEPS[at]) {
            count += 1;
        }
        at += 1;
    }
    count == 0
}

const NOT_FOR_STEPS: &[&str] = &[
    "less_than",
    "at_most",
    "greater_than",
    "at_least",
    "matches_selector",
    "not_less_than",
    "not_at_most",
    "not_greater_than",
    "not_at_least",
    "not_matches_selector",
];

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The same names with `not_`, which cannot be put together in a constant.
const NEGATED: &[&str] = &[
    "not_equals",
    "not_contains",
    "not_starts_with",
    "not_ends_with",
    "not_matches",
    "not_in",
    "not_less_than",
    "not_at_most",
    "not_greater_than",
    "not_at_least",
    "not_exists",
    "not_empty",
    "not_matches_selector",
];

pub(super) const SHAPES: &[Shape] = &[
    Shape::new(
        "condition",
        said(
            "What must be true: variables with what is asked of them, or `all`, `any`, `not`. Everything in one object must be true.",
            "Что должно быть верно: переменные и что от них требуется, либо `all`, `any`, `not`. Всё в одном объекте должно быть верно.",
        ),
        CONDITION_KEYS,
    )
    .others(Type::Shape("comparison")),
    Shape::new(
        "comparison",
        said("What is asked of the variable.", "Что требуется от переменной."),
        COMPARISON_KEYS,
    )
    .at_least(1),
    Shape::new(
        "step_comparison",
        said("What is asked of a column or property of the event.", "Что требуется от столбца или свойства события."),
        STEP_COMPARISON_KEYS,
    )
    .at_least(1),
];
