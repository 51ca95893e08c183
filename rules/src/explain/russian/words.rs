//! Слова: числительные и падежи, перечни, промежутки времени.

use super::super::words::{Unit, in_largest_unit};

/// Форма слова после числа: для 1, для 2–4, для остальных.
pub(super) fn of(count: u64, forms: [&str; 3]) -> &str {
    let [one, few, many] = forms;
    match (count % 10, count % 100) {
        (1, teen) if teen != 11 => one,
        (2..=4, teen) if !(12..=14).contains(&teen) => few,
        _ => many,
    }
}

/// `a, b и c`.
pub(super) fn listed<T: AsRef<str>>(parts: &[T], word: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [before @ .., last] => {
            let before: Vec<&str> = before.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", before.join(", "), last.as_ref())
        }
    }
}

pub(super) fn numbers(all: &[u32]) -> String {
    let all: Vec<String> = all.iter().map(u32::to_string).collect();
    listed(&all, "или")
}

/// «До 1 раза, 2 раз, 5 раз».
pub(super) fn times(count: u32) -> String {
    format!("{count} {}", of(u64::from(count), ["раза", "раз", "раз"]))
}

/// «Прошла 1 секунда, прошли 2 секунды, прошло 5 секунд».
pub(in crate::explain) fn passed(ms: u64) -> String {
    let (number, unit) = in_largest_unit(ms);
    let Ok(count) = number.parse::<u64>() else {
        return format!("прошло {} секунды", number.replace('.', ","));
    };
    let [one, few, many] = match unit {
        Unit::Millisecond => ["миллисекунда", "миллисекунды", "миллисекунд"],
        Unit::Second => ["секунда", "секунды", "секунд"],
        Unit::Minute => ["минута", "минуты", "минут"],
        Unit::Hour => ["час", "часа", "часов"],
        Unit::Day => ["день", "дня", "дней"],
        Unit::Week => ["неделя", "недели", "недель"],
    };
    let feminine = !matches!(unit, Unit::Hour | Unit::Day);
    let verb = of(
        count,
        [
            if feminine {
                "прошла"
            } else {
                "прошёл"
            },
            "прошли",
            "прошло",
        ],
    );
    format!("{verb} {number} {}", of(count, [one, few, many]))
}

/// Промежуток времени в винительном падеже: «1 секунду», «30 секунд», «1,5 секунды», «7 дней».
pub(in crate::explain) fn duration(ms: u64) -> String {
    let (number, unit) = in_largest_unit(ms);
    let Ok(count) = number.parse::<u64>() else {
        return format!("{} секунды", number.replace('.', ","));
    };
    let forms = match unit {
        Unit::Millisecond => ["миллисекунду", "миллисекунды", "миллисекунд"],
        Unit::Second => ["секунду", "секунды", "секунд"],
        Unit::Minute => ["минуту", "минуты", "минут"],
        Unit::Hour => ["час", "часа", "часов"],
        Unit::Day => ["день", "дня", "дней"],
        Unit::Week => ["неделю", "недели", "недель"],
    };
    format!("{number} {}", of(count, forms))
}
