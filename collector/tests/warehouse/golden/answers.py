"""Works out what the warehouse must answer about two data sets that come with Python packages: by pandas, by plain loops, and by
the packages themselves. Shares nothing with the views. Writes `answers.tsv` beside itself; `../datasets.rs` compares.

    python3 -m venv venv && venv/bin/pip install pandas retentioneering==5.2.0 'mcp<2' lifetimes==0.11.3
    venv/bin/python collector/tests/warehouse/golden/answers.py
"""

import datetime
import gzip
import itertools
import os
import pathlib
import statistics
from collections import Counter, defaultdict

os.environ["RETENTIONEERING_NO_TRACK"] = "1"

import lifetimes
import lifetimes.utils
import pandas as pd
from retentioneering.eventstream import Eventstream

# The site of the visits is in a time zone of its own: its days are not those of UTC.
ZONE = datetime.timedelta(hours=5, minutes=30)
PAGES = {
    "home": "/", "catalog": "/catalog", "search": "/search", "product_view": "/product", "promo_page": "/promo",
    "cart": "/cart", "shipping_details": "/checkout/shipping", "payment_details": "/checkout/payment",
    "account_page": "/account", "review_page": "/reviews", "compare": "/compare", "error_page": "/error",
}
CHANNELS = {
    "email": "Email", "paid_search": "Paid Search", "social": "Organic Social", "organic": "Organic Search",
    "direct": "Direct",
}
FUNNEL = ["catalog", "product_view", "add_to_cart", "cart", "shipping_details", "payment_details", "purchase"]
WEEK = 7 * 86400

answers = []


def answer(name, rows):
    for row in rows:
        answers.append(name + "\t" + " ".join(text(value) for value in row))


def text(value):
    """As ClickHouse writes it: the shortest text that is this number."""
    if value is None:
        return "null"
    if isinstance(value, float):
        # Before 1e-5 and after 1e21 the two write exponents differently: no such number is here.
        return repr(value).removesuffix(".0")
    return str(value)


def quotient(part, whole):
    return part / whole if whole else None


# --- Visits: the shop stream of retentioneering --------------------------------------------------------------------------


def package_file(package, *parts):
    return pathlib.Path(__import__(package).__file__).parent.joinpath(*parts)


def visits():
    with gzip.open(package_file("retentioneering", "datasets", "ecom.csv.gz"), "rt") as file:
        rows = pd.read_csv(file)
    # A third of the people: enough of everything, and imported in a third of the time.
    rows = rows[rows.user_id < "user_0200"].copy()
    rows["at"] = pd.to_datetime(rows.timestamp)
    # Of events of one second, each a millisecond after the one before in the file.
    rows["at"] += pd.to_timedelta(rows.groupby(["session_id", "timestamp"]).cumcount(), unit="ms")
    rows["page"] = rows.event.map(PAGES)
    rows["channel"] = rows.acquisition_channel.map(CHANNELS)
    return rows


def sessions_of(rows):
    of_session = rows.sort_values(["session_id", "at"]).groupby("session_id")
    pages = rows[rows.page.notna()].sort_values(["session_id", "at"]).groupby("session_id").page
    table = pd.DataFrame({
        "user": of_session.user_id.first(),
        "channel": of_session.channel.first(),
        "device": of_session.platform.first(),
        "begun": of_session["at"].min(),
        "ended": of_session["at"].max(),
        "events": of_session.size(),
        "pageviews": pages.size(),
        "landing": pages.first(),
        "exit": pages.last(),
        "converted": of_session.event.agg(lambda events: (events == "purchase").any()),
        "purchases": of_session.event.agg(lambda events: int((events == "purchase").sum())),
    })
    table["pageviews"] = table.pageviews.fillna(0).astype(int)
    table[["landing", "exit"]] = table[["landing", "exit"]].fillna("")
    table["bounce"] = (table.pageviews < 2) & ~table.converted
    table["day"] = (table.begun + ZONE).dt.date
    table["duration_ms"] = ((table.ended - table.begun) // pd.Timedelta(milliseconds=1)).astype(int)
    return table


def traffic(rows, table):
    groups = table.groupby(["channel", "device"])
    answer("visits by channel and device", (
        (channel.replace(" ", "_"), device, len(of), of.pageviews.sum(), of.events.sum(), of.duration_ms.sum(), of.bounce.sum(),
         of.converted.sum(), of.purchases.sum(), of.user.nunique())
        for (channel, device), of in groups))
    answer("visits by day", ((day, len(of), of.user.nunique(), quotient(int(of.bounce.sum()), len(of))) for day, of in table.groupby("day")))
    answer("landing pages", (
        ("page:" + page, len(of), of.user.nunique(), of.bounce.sum(), of.pageviews.sum(), quotient(int(of.pageviews.sum()), len(of)),
         of.converted.sum(), quotient(int(of.converted.sum()), len(of)),
         quotient(of[of.converted].user.nunique(), of.user.nunique()))
        for page, of in table.groupby("landing")))
    viewed = rows[rows.page.notna()]
    entries, exits = Counter(table.landing), Counter(table.exit)
    answer("pages", (
        (page, len(of), of.user_id.nunique(), of.session_id.nunique(), entries[page], exits[page], quotient(exits[page], len(of)))
        for page, of in viewed.groupby("page")))
    steps = Counter()
    for _, of in viewed.sort_values(["session_id", "at"]).groupby("session_id"):
        way = [page for page, _ in itertools.groupby(of.page)]
        steps.update(zip(way, way[1:] + [""]))
    leaving = Counter()
    for (page, _), count in steps.items():
        leaving[page] += count
    answer("paths", ((page, "next:" + following, count, quotient(count, leaving[page])) for (page, following), count in sorted(steps.items())))


def deepest(events, steps, window_s):
    """The way through the steps that the definitions mean, by trying all: of the deepest, the one whose last step is first, each
    step before it as late as possible."""
    window = pd.Timedelta(seconds=window_s)
    best = []
    # ways[k]: for each event that may be step k+1, the latest entry from which it is reached.
    ways = [[(at, at) for at, event in events if event == steps[0]]]
    for step in steps[1:]:
        reached = []
        for at, event in events:
            if event == step:
                entries = [entry for before, entry in ways[-1] if before < at]
                if entries and at - max(entries) <= window:
                    reached.append((at, max(entries)))
        if not reached:
            break
        ways.append(reached)
    if not ways[0]:
        return []
    at, _ = ways[-1][0]
    best = [at]
    for reached in reversed(ways[:-1]):
        at = max(before for before, _ in reached if before < at)
        best.insert(0, at)
    return best


def funnel_rows(units, steps):
    reached = [sum(len(times) > step for times in units) for step in range(len(steps))]
    for step, name in enumerate(steps):
        before = reached[max(step - 1, 0)]
        took = [(times[step] - times[step - 1]) // pd.Timedelta(milliseconds=1) for times in units if len(times) > step > 0]
        median = statistics.median(took) / 1000 if took else None
        yield step + 1, name, reached[step], quotient(reached[step], reached[0]), quotient(reached[step], before), median


def funnels(rows):
    ordered = rows.sort_values(["at"])
    of_user = {user: list(zip(of["at"], of.event)) for user, of in ordered.groupby("user_id")}
    of_session = {session: list(zip(of["at"], of.event)) for session, of in ordered.groupby("session_id")}
    whole = [deepest(events, FUNNEL, 300 * 86400) for events in of_user.values()]
    answer("funnel of persons", funnel_rows([times for times in whole if times], FUNNEL))
    # What the package that the data come from says of the same steps.
    assert [sum(len(times) > step for times in whole) for step in range(len(FUNNEL))] == by_package()
    week = [deepest(events, FUNNEL[1:4], WEEK) for events in of_user.values()]
    answer("funnel within a week", funnel_rows([times for times in week if times], FUNNEL[1:4]))
    device = rows.groupby("session_id").platform.first()
    by_device = defaultdict(list)
    for session, events in of_session.items():
        times = deepest(events, ["product_view", "add_to_cart", "purchase"], 86400)
        if times:
            by_device[device[session]].append(times)
    for name, units in sorted(by_device.items()):
        answer("funnel of visits by device", ((name, *row) for row in funnel_rows(units, ["product_view", "add_to_cart", "purchase"])))
    strict = ["shipping_details", "payment_details", "purchase"]
    runs = []
    for events in of_session.values():
        names = [event for _, event in events]
        if strict[0] in names:
            runs.append(max(
                next((length for length in (3, 2, 1) if names[at:at + length] == strict[:length]), 0) for at in range(len(names))))
    answer("strict funnel of visits", ((step, sum(run >= step for run in runs)) for step in (1, 2, 3)))


def by_package():
    from retentioneering.datasets import load_ecom

    people = load_ecom().to_dataframe()
    stream = Eventstream(people[people.user_id < "user_0200"])
    return [step["unique_paths"] for step in stream.funnel_data(steps=FUNNEL)["steps"]]


def returning(table):
    weeks = table.assign(week=pd.to_datetime(table.day).dt.to_period("W-SUN").dt.start_time).groupby("user").week.agg(set)
    cohorts = defaultdict(Counter)
    for active in weeks:
        first = min(active)
        cohorts[first].update((week - first).days // 7 for week in active)
    answer("retention by week", (
        (first.date(), later, of[0], of[later], quotient(of[later], of[0]))
        for first, of in sorted(cohorts.items()) for later in sorted(of)))
    days = defaultdict(set)
    for day, user in zip(table.day, table.user):
        days[day].add(user)
    back = lambda day, length: len(set().union(*(days.get(day - datetime.timedelta(days=n), set()) for n in range(length))))
    answer("stickiness", ((day, back(day, 1), back(day, 7), back(day, 30), quotient(back(day, 1), back(day, 30))) for day in sorted(days)))


def attribution(rows, table):
    credit = {model: Counter() for model in ("first", "last", "last_non_direct", "linear", "position", "time_decay")}
    begun = {user: sorted(zip(of.begun, of.channel, of.landing)) for user, of in table.groupby("user")}
    bought = rows[rows.event == "purchase"]
    for user, at in zip(bought.user_id, bought["at"]):
        touches = [touch for touch in begun[user] if at - pd.Timedelta(days=30) <= touch[0] <= at]
        credit["first"][touches[0][2]] += 1
        credit["last"][touches[-1][2]] += 1
        touches = [touch for touch in touches if touch[1] != "Direct"] or touches
        credit["last_non_direct"][touches[-1][2]] += 1
        decays = [2 ** (-((at - when) / pd.Timedelta(days=7))) for when, _, _ in touches]
        for place, (_, _, landing) in enumerate(touches):
            credit["linear"][landing] += 1 / len(touches)
            credit["time_decay"][landing] += decays[place] / sum(decays)
            if len(touches) < 3:
                credit["position"][landing] += 1 / len(touches)
            else:
                credit["position"][landing] += 0.4 if place in (0, len(touches) - 1) else 0.2 / (len(touches) - 2)
    # Sums of fractions differ in their last digits by the order they are added in.
    answer("attribution by landing page", (
        ("page:" + landing, *(int(credit[model][landing]) for model in ("first", "last", "last_non_direct")),
         *(round(float(credit[model][landing]), 9) for model in ("linear", "position", "time_decay")))
        for landing in sorted(set(table.landing)) if any(credit[model][landing] for model in credit)))


# --- Orders: the customers of CDNOW, in lifetimes ---------------------------------------------------------------------------


def orders():
    rows = pd.read_csv(package_file("lifetimes", "datasets", "CDNOW_sample.txt"), sep=r"\s+", header=None,
                       names=["of_all", "customer", "date", "items", "dollars"], dtype={"dollars": str, "date": str})
    rows["day"] = pd.to_datetime(rows.date, format="%Y%m%d").dt.date
    rows["cents"] = rows.dollars.str.replace(".", "").astype(int)
    return rows


def dollars(cents):
    return f"{cents // 100}.{cents % 100:02}".rstrip("0").rstrip(".")


def shop(rows):
    month = pd.to_datetime(rows.day).dt.to_period("M")
    answer("orders by month", (
        (of_month.start_time.date(), len(of), of.customer.nunique(), dollars(int(of.cents.sum()))) for of_month, of in rows.groupby(month)))
    day = datetime.date
    first = rows.groupby("customer").day.min()

    def period(begin, end):
        of = rows[(rows.day >= begin) & (rows.day <= end)]
        return len(of), of.customer.nunique(), int(((first >= begin) & (first <= end)).sum()), int(of.cents.sum())

    periods = [(day(1998, 1, 1), day(1998, 3, 31)), (day(1997, 10, 1), day(1997, 12, 31)), (day(1997, 1, 1), day(1997, 3, 31))]
    asked = period(*periods[0])
    answer("sales beside those of before", (
        (number, begin, end, of[0], of[1], of[2], dollars(of[3]), float(of[3] / 100 / of[0]),
         None if number == 1 else asked[3] / 100 / (of[3] / 100) - 1, None if number == 1 else asked[0] / of[0] - 1)
        for number, (begin, end) in enumerate(periods, 1) for of in [period(begin, end)]))
    begin, end, lost_after = day(1997, 7, 1), day(1997, 9, 30), datetime.timedelta(days=90)
    of_customer = rows.groupby("customer").day.agg(list)
    in_period = of_customer.map(lambda days: sum(begin <= at <= end for at in days))
    in_life = of_customer.map(lambda days: sum(at <= end for at in days))
    active = of_customer.map(lambda days: any(begin - lost_after <= at < begin for at in days))
    still = of_customer.map(lambda days: any(end + datetime.timedelta(days=1) - lost_after <= at <= end for at in days))
    answer("customers", [(
        (in_period > 0).sum(), ((in_period > 0) & (first >= begin)).sum(), (in_period > 1).sum(), ((in_period > 0) & (in_life > 1)).sum(),
        active.sum(), (active & ~still).sum(), quotient(int((active & ~still).sum()), int(active.sum())))])
    months = pd.Series(month.array, index=rows.customer).groupby(level=0).agg(set)
    cohorts = defaultdict(Counter)
    for bought in months:
        cohorts[min(bought)].update((of_month - min(bought)).n for of_month in bought)
    answer("who buys again", (
        (cohort.start_time.date(), later, of[0], of[later]) for cohort, of in sorted(cohorts.items()) for later in sorted(of)))
    # What the package makes of the same orders.
    summary = lifetimes.utils.summary_data_from_transaction_data(rows, "customer", "day", observation_period_end="1998-06-30")
    answer("days of later orders", sorted(Counter(summary.frequency.astype(int)).items()))
    answer("days between first and last", [(len(summary), int(summary.frequency.sum()), int(summary.recency.sum()), int(summary["T"].sum()))])


stream = visits()
table = sessions_of(stream)
traffic(stream, table)
funnels(stream)
returning(table)
attribution(stream, table)
shop(orders())
pathlib.Path(__file__).with_name("answers.tsv").write_text("\n".join(answers) + "\n")
print(len(answers), "answers")
