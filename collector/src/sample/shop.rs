//! What the sample's shop has: the pages, products and promos of the demo shop, who comes and from where. Tables only.

/// A product page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product {
    pub(super) sku: &'static str,
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    /// In rubles.
    pub(super) price: u32,
    /// How many of a thousand who look at it take it.
    pub(super) appeal: u32,
}

/// Products by how often they are looked at.
pub(super) const PRODUCTS: &[(u32, Product)] = &[
    (
        26,
        product("SM-01", "samovar", "Tula samovar, 3 l", 18_900, 45),
    ),
    (
        18,
        product("KT-02", "kettle", "Enamel kettle, 2 l", 2_990, 110),
    ),
    (
        11,
        product("TP-03", "teapot", "Clay teapot, 0.6 l", 3_450, 90),
    ),
    (
        12,
        product("GL-04", "glass", "Glass in a holder", 1_990, 120),
    ),
    (
        14,
        product("IT-05", "ivan-tea", "Ivan tea, 100 g", 690, 190),
    ),
    (
        9,
        product("CT-06", "caravan-tea", "Caravan tea, 100 g", 890, 160),
    ),
    (
        6,
        product("JT-07", "jasmine-tea", "Jasmine tea, 100 g", 790, 150),
    ),
    (
        8,
        product("HN-08", "honey", "Lime-blossom honey, 350 g", 650, 170),
    ),
];

const fn product(
    sku: &'static str,
    slug: &'static str,
    title: &'static str,
    price: u32,
    appeal: u32,
) -> Product {
    Product {
        sku,
        slug,
        title,
        price,
        appeal,
    }
}

/// A page of the shop.
#[derive(Debug, Clone, Copy)]
pub(super) enum Page {
    Landing,
    Catalogue,
    Product(Product),
    Cart,
    Checkout,
    Thanks,
    Contact,
    Delivery,
    Quiz(&'static str),
}

impl Page {
    pub(super) fn path(self) -> String {
        match self {
            Self::Landing => "/demo/".to_owned(),
            Self::Catalogue => "/demo/catalog.html".to_owned(),
            Self::Product(product) => format!("/demo/product/{}.html", product.slug),
            Self::Cart => "/demo/cart.html".to_owned(),
            Self::Checkout => "/demo/checkout.html".to_owned(),
            Self::Thanks => "/demo/thanks.html".to_owned(),
            Self::Contact => "/demo/contact.html".to_owned(),
            Self::Delivery => "/demo/delivery.html".to_owned(),
            Self::Quiz(screen) => format!("/demo/app/{screen}"),
        }
    }

    pub(super) fn title(self) -> String {
        let title = match self {
            Self::Landing => return "Samovar: tea and what it takes".to_owned(),
            Self::Catalogue => "Catalogue",
            Self::Product(product) => product.title,
            Self::Cart => "Cart",
            Self::Checkout => "Checkout",
            Self::Thanks => "Thank you",
            Self::Contact => "Contact",
            Self::Delivery => "Delivery and questions",
            Self::Quiz(_) => "Tea picker",
        };
        format!("{title} – Samovar")
    }
}

/// A block of the landing page: how many of a thousand see it, and click it when they do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Promo {
    pub(super) item: &'static str,
    pub(super) seen: u32,
    pub(super) clicked: u32,
    pub(super) target: Target,
}

/// Where a promo leads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    BestSeller,
    Quiz,
    Delivery,
}

/// From top to bottom.
pub(super) const PROMOS: [Promo; 3] = [
    Promo {
        item: "samovar_set",
        seen: 780,
        clicked: 96,
        target: Target::BestSeller,
    },
    Promo {
        item: "tea_quiz",
        seen: 520,
        clicked: 138,
        target: Target::Quiz,
    },
    Promo {
        item: "free_delivery",
        seen: 340,
        clicked: 31,
        target: Target::Delivery,
    },
];

/// Screens of the quiz after its first, with the answers that lead to the next.
pub(super) const QUIZ: [(&str, [&str; 2]); 3] = [
    ("taste", ["smoke", "honey"]),
    ("strength", ["strong", "mild"]),
    ("evening", ["yes", "no"]),
];

/// A way in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// Query of the first address; `{id}` becomes a click id.
    pub(super) query: &'static str,
    pub(super) referrer: &'static str,
    /// Weights of the first page: landing, catalogue, product, delivery, quiz.
    pub(super) first: [u32; 5],
    /// Willingness to buy, in percent of the usual.
    pub(super) intent: u32,
}

/// Ways in by how many come.
pub(super) const ARRIVALS: &[(u32, Arrival)] = &[
    (
        22,
        Arrival {
            query: "",
            referrer: "",
            first: [55, 15, 20, 4, 6],
            intent: 130,
        },
    ),
    (
        20,
        Arrival {
            query: "",
            referrer: "https://yandex.ru/",
            first: [18, 22, 50, 8, 2],
            intent: 110,
        },
    ),
    (
        11,
        Arrival {
            query: "",
            referrer: "https://www.google.com/",
            first: [18, 22, 50, 8, 2],
            intent: 105,
        },
    ),
    (
        18,
        Arrival {
            query: "utm_source=yandex&utm_medium=cpc&utm_campaign=samovar_week&yclid={id}",
            referrer: "https://yandex.ru/",
            first: [80, 0, 20, 0, 0],
            intent: 95,
        },
    ),
    (
        9,
        Arrival {
            query: "utm_source=vk&utm_medium=cpc&utm_campaign=tea_autumn&rb_clickid={id}",
            referrer: "https://vk.com/",
            first: [60, 0, 10, 0, 30],
            intent: 55,
        },
    ),
    (
        7,
        Arrival {
            query: "utm_source=newsletter&utm_medium=email&utm_campaign=november",
            referrer: "",
            first: [40, 30, 30, 0, 0],
            intent: 190,
        },
    ),
    (
        6,
        Arrival {
            query: "",
            referrer: "https://t.me/",
            first: [35, 5, 30, 0, 30],
            intent: 60,
        },
    ),
    (
        7,
        Arrival {
            query: "",
            referrer: "https://teablog.example/best-samovars",
            first: [10, 10, 75, 5, 0],
            intent: 120,
        },
    ),
];

/// Browsers by how many use them.
pub(super) const BROWSERS: &[(u32, &str)] = &[
    (
        30,
        "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    ),
    (
        21,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    ),
    (
        22,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    ),
    (
        11,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 YaBrowser/25.10.0.0 Safari/537.36",
    ),
    (
        6,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    ),
    (
        5,
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    (
        5,
        "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    ),
];

/// Cities by how many live there.
pub(super) const CITIES: &[(u32, &str)] = &[
    (34, "Moscow"),
    (17, "Saint Petersburg"),
    (7, "Tula"),
    (7, "Yekaterinburg"),
    (6, "Kazan"),
    (6, "Novosibirsk"),
    (5, "Nizhny Novgorod"),
    (18, ""),
];

/// Sessions by hour of the day, in the zone of the shop.
pub(super) const HOURS: &[(u32, i8)] = &[
    (9, 0),
    (5, 1),
    (3, 2),
    (2, 3),
    (2, 4),
    (4, 5),
    (10, 6),
    (20, 7),
    (32, 8),
    (44, 9),
    (52, 10),
    (56, 11),
    (58, 12),
    (55, 13),
    (52, 14),
    (50, 15),
    (52, 16),
    (56, 17),
    (62, 18),
    (70, 19),
    (78, 20),
    (74, 21),
    (52, 22),
    (24, 23),
];

/// Sessions of a day in percent of the usual, Monday first.
pub(super) const WEEKDAYS: [u32; 7] = [104, 106, 103, 100, 96, 88, 98];
