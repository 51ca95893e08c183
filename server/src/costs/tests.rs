//! Files as people have them, good and bad.

use weir_collector::warehouse::{CostKind, channels_of_costs};

use super::*;
use crate::cli::Language;

fn shop() -> Site {
    Site {
        id: "shop".to_owned(),
        currency: "RUB".to_owned(),
        today: Date::constant(2026, 11, 29),
    }
}

fn good(text: &str) -> File {
    read(text.as_bytes(), &shop()).unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
}

/// Line, column, message and hint of everything that is wrong.
fn bad(bytes: &[u8], language: Language) -> Vec<String> {
    let problems = read(bytes, &shop()).unwrap_err();
    let told = problems.told.iter().map(|problem| {
        let Told {
            line,
            column,
            message,
            hint,
        } = problem.told(language);
        format!("{line} {column}: {message} ({hint})")
    });
    told.collect()
}

#[test]
fn a_file_of_russian_excel_is_read() {
    let text = "\u{feff}Дата;Вид;Источник;Тип трафика;Кампания;Расход, руб.;Показы;Клики;CTR\r\n\
                01.11.2026;;yandex;cpc;\"чай; осень\";1 234,56;10 000;120;1,2%\r\n\
                ;;;;;;;;\r\n\
                02.11.2026;Зарплата;;;;100000;;-;\r\n";
    let file = good(text);
    assert_eq!(file.costs.len(), 2);
    let (ads, salary) = (&file.costs[0], &file.costs[1]);
    assert_eq!(
        (ads.amount, ads.impressions, ads.clicks),
        (123_456, 10_000, 120)
    );
    assert_eq!(
        (ads.key.campaign.as_str(), ads.key.channel()),
        ("чай; осень", "Paid Search")
    );
    assert_eq!(
        (salary.key.kind, salary.key.channel()),
        (CostKind::Salaries, "")
    );
    assert_eq!(file.ignored, ["CTR"]);
    assert!(!file.is_windows_1251);
    // The same as old Windows saves it, and as Excel's text in Unicode.
    let (old, _, _) = encoding_rs::WINDOWS_1251.encode(text.trim_start_matches('\u{feff}'));
    let again = read(&old, &shop()).unwrap();
    assert_eq!(again.costs, file.costs);
    assert!(again.is_windows_1251);
    let wide: Vec<u8> = text
        .replace(';', "\t")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(&wide, &shop()).unwrap().costs.len(), 2);
}

#[test]
fn months_and_periods_are_costs_of_several_days() {
    let file = good(
        "sep=,\nmonth,from,to,kind,amount,channel\n2026-11,,,salaries,300,\n,2026-11-03,2026-11-04,tools,5,email\n",
    );
    let days: Vec<u32> = file.costs.iter().map(|cost| cost.key.days()).collect();
    assert_eq!(days, [30, 2]);
    assert_eq!(file.costs[1].key.channel, "Email");
    let posts = good("day,source,reach,likes,amount\n2026-11-01,vk,1000,30,\n");
    assert_eq!(
        (
            posts.costs[0].amount,
            posts.costs[0].reach,
            posts.costs[0].likes
        ),
        (0, 1000, 30)
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let text = "day;kind;channel;currency;amount;clicks\n\
                11/01/2026;adds;;;-5;\n\
                2026-11-01;;Radio;USD;1,234;1,5\n\
                2062-11-01;;;;;\n\
                Всего;;;;12;\n\
                2026-11-02;;;;12;\n\
                2026-11-02;;;;13;\n\
                2026-11-03;;;;1;1;7\n";
    let english = bad(text.as_bytes(), Language::En);
    assert_eq!(
        english,
        [
            "2 day: `11/01/2026` can be two days (write it like 2026-11-28 or 28.11.2026)",
            "2 kind: `adds` is no kind of cost (it is ads, salaries, tools, services, other, or serving (goods, delivery, support); empty means ads)",
            "2 amount: `-5` is below zero (a cost is 0 or more: take what was paid back off the cost that it belongs to)",
            &format!(
                "3 channel: there is no channel `Radio` ({}; empty: it is worked out from source, medium and campaign)",
                crate::suggest::hint("Radio", "channel", channels_of_costs())
            ),
            "3 currency: the cost is in USD, and the site counts in RUB (convert it to RUB first: nothing is added up across currencies)",
            "3 clicks: `1,5` is no whole number (write it like 1234 or 1 234)",
            "3 amount: `1,234` can be 1234 or 1.234 (write 1234, or 1.2340)",
            "4 day: the day is before 2000, or more than 1 year ahead (look at the year)",
            "4 amount: the amount is missing (write 0 where nothing was paid)",
            "5 day: `Всего` is no day (write it like 2026-11-28 or 28.11.2026; a line of totals does not belong into the file)",
            "7 : line 6 is the same cost: same days, kind, channel, source, medium, campaign and item (add the two up in one line, or tell them apart in a column `item`)",
            "8 : the line has 7 values, and there are 6 columns (a number with a decimal comma stands in quotes, or the columns are separated by semicolons)",
        ]
    );
    // Whatever lines end in.
    let of_windows = text.replace('\n', "\r\n");
    assert_eq!(bad(of_windows.as_bytes(), Language::En), english);
    let russian = bad(text.as_bytes(), Language::Ru);
    assert_eq!(russian.len(), english.len());
    assert_eq!(
        russian[4],
        "3 currency: расход в USD, а сайт считает в RUB (сначала пересчитайте в RUB: разные валюты не складываются)"
    );
    for told in &russian {
        assert!(told.contains(|sign| ('а'..='я').contains(&sign)), "{told}");
    }
}

#[test]
fn a_header_that_does_not_do_is_said_before_the_lines() {
    for (text, said) in [
        ("", "0 : there is no line with a cost"),
        ("day,amount\n", "0 : there is no line with a cost"),
        (
            "day,amuont\n2026-11-01,5\n",
            "1 amuont: this column is not known (did you mean `amount`?",
        ),
        (
            "day,sum of it\n2026-11-01,5\n",
            "1 : there is no column `amount`; there are `day`, `sum of it`",
        ),
        (
            "amount,source\n5,vk\n",
            "1 : there is no column that says when",
        ),
        (
            "from,amount\n2026-11-01,5\n",
            "1 : the column `to` is missing",
        ),
        (
            "date,день,cost\n,,\n",
            "1 день: this is the same column as `date`",
        ),
        ("day,amount\n2026-11-01,\"5\n2026-11-02,6\n", "2 amount: "),
        (
            "day,amount,month\n2026-11-01,5,2026-11\n",
            "2 : the line says twice when",
        ),
        (
            "from,to,amount\n2026-11-02,2026-11-01,5\n",
            "2 to: the period ends before it begins",
        ),
        (
            "from,to,amount\n2025-01-01,2026-11-01,5\n",
            "2 to: the period has 670 days",
        ),
    ] {
        let told = bad(text.as_bytes(), Language::En);
        assert!(told[0].starts_with(said), "{text}: {told:?}");
    }
    for bytes in [
        b"PK\x03\x04\x00\x00workbook".as_slice(),
        b"\xff\xfe\x00",
        &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0],
    ] {
        assert!(
            bad(bytes, Language::En)[0].contains("no CSV")
                || bad(bytes, Language::En)[0].contains("no line"),
            "{bytes:?}"
        );
    }
}

#[test]
fn of_very_many_problems_some_are_told_and_the_others_counted() {
    let text = format!("day,amount\n{}", "x,y\n".repeat(500));
    let problems = read(text.as_bytes(), &shop()).unwrap_err();
    assert_eq!((problems.told.len(), problems.more), (MOST_PROBLEMS, 800));
}
