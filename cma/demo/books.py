"""Whom the demo business works for and what it sells. All invented; addresses, numbers and mail go nowhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    name: str
    street: str
    postcode: str
    phone: str
    email: str
    company: str = ""
    vat_number: str = ""
    terms_days: int | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    access: str = ""


CLIENTS = (
    Person("Jo Whitaker", "14 Beech Grove\nHeadingley\nLeeds", "LS6 2DL", "07700 900142", "jo@example.com",
           notes="Prefers mornings. Boiler in the cellar, mind the third step.", access="Key safe 4417, front door"),
    Person("Kit Okafor", "22 Clarence Road\nHorsforth\nLeeds", "LS18 4LB", "07700 900187", "kit.okafor@example.com"),
    Person("Margaret Ellis", "88 Otley Road\nLeeds", "LS6 4BA", "0113 496 0118", "m.ellis@example.com",
           tags=("boiler plan",), notes="Hard of hearing: ring twice."),
    Person("Tom & Sarah Brennan", "5 Regent Terrace\nChapel Allerton\nLeeds", "LS7 4PE", "07700 900233",
           "brennans@example.com"),
    Person("Claire Dunning", "31 Harrogate Road\nLeeds", "LS7 3PD", "07700 900310", "claire.dunning@example.com"),
    Person("Yusuf Rahman", "7 Bellbrooke Avenue\nLeeds", "LS9 6AT", "07700 900355", "y.rahman@example.com"),
    Person("Olu Adebayo", "19 Kirkstall Lane\nLeeds", "LS5 3BT", "07700 900401", "olu@example.com"),
    Person("Helen Marsden", "2 Weetwood Mill Lane\nLeeds", "LS16 5NY", "0113 496 0177", "helen.marsden@example.com",
           tags=("boiler plan",)),
    Person("Grzegorz Zielinski", "40 Burley Lodge Terrace\nLeeds", "LS6 1QA", "07700 900456", "gz@example.com"),
    Person("Priya Nair", "11 Talbot Mount\nLeeds", "LS4 2PF", "07700 900512", "priya.nair@example.com"),
    Person("Dave Holroyd", "63 Town Street\nBramley\nLeeds", "LS13 3LW", "07700 900588", "dave.holroyd@example.com"),
    Person("Siobhan Kelly", "9 Moor Park Villas\nLeeds", "LS6 4BX", "07700 900604", "siobhan@example.com"),
    Person("Meadow Lane Lettings", "Suite 4, Meadow Lane Works\nHolbeck\nLeeds", "LS11 5BQ", "0113 496 0240",
           "accounts@meadowlane.example", company="Meadow Lane Lettings Ltd", vat_number="GB999999975", terms_days=14,
           tags=("landlord",), notes="Quote the flat number on every invoice.", access="Keys at the office, sign them out"),
    Person("The Weaver’s Arms", "112 Armley Road\nLeeds", "LS12 2EJ", "0113 496 0266", "landlady@weavers.example",
           company="Aire Taverns Ltd", vat_number="GB999999976", notes="Not before 10, not after 11:30."),
    Person("Patel & Daughters Bakery", "140 Roundhay Road\nLeeds", "LS8 5NH", "0113 496 0281", "hello@patelbakery.example",
           company="Patel & Daughters Ltd", vat_number="GB999999977"),
    Person("St Aidan’s Primary School", "Elford Grove\nLeeds", "LS8 5QU", "0113 496 0299", "office@staidans.example",
           company="St Aidan’s Primary School", terms_days=30, tags=("school",), access="Sign in at reception, DBS list"),
    Person("Northside Dental Practice", "6 Street Lane\nLeeds", "LS8 1DD", "0113 496 0303", "manager@northsidedental.example",
           company="Northside Dental LLP", vat_number="GB999999978", terms_days=21),
    Person("Anwar Textiles", "Unit 9, Cross Green Approach\nLeeds", "LS9 0SG", "0113 496 0315", "buying@anwartextiles.example",
           company="Anwar Textiles Ltd", vat_number="GB999999979", terms_days=30),
    Person("Harehills Community Centre", "8 Cowper Street\nLeeds", "LS7 4DR", "0113 496 0322", "hall@harehillscc.example",
           company="Harehills Community Centre CIO"),
    Person("Brook & Sons Builders", "3 Carr Crofts\nArmley\nLeeds", "LS12 3HB", "0113 496 0339", "yard@brooksons.example",
           company="Brook & Sons Builders Ltd", vat_number="GB999999980", terms_days=30, tags=("trade",)),
)  # fmt: skip

# name, description, unit, price, VAT rate, cost, category
PRODUCTS = (
    ("Labour", "Gas Safe engineer, by the hour", "h", "52.00", "20%", "", "Labour"),
    ("Second engineer", "By the hour, with the first", "h", "38.00", "20%", "", "Labour"),
    ("Call-out, weekday", "First half hour on site included", "visit", "65.00", "20%", "", "Labour"),
    ("Call-out, evening or weekend", "First half hour on site included", "visit", "110.00", "20%", "", "Labour"),
    ("Annual boiler service", "Service record and flue gas analysis included", "visit", "85.00", "20%", "12.00", "Gas"),
    ("Landlord gas safety record", "CP12, up to three appliances", "visit", "72.00", "20%", "4.00", "Gas"),
    ("Combi boiler 30 kW", "Ten-year guarantee, registered with the maker", "", "1145.00", "20%", "872.00", "Gas"),
    ("Magnetic filter and system flush", "", "", "185.00", "20%", "74.00", "Gas"),
    ("Smart thermostat, fitted", "", "", "165.00", "20%", "98.00", "Gas"),
    ("Flue kit and brackets", "", "", "94.50", "20%", "61.00", "Gas"),
    ("Carbon monoxide alarm", "Seven-year sealed battery", "", "28.50", "20%", "14.20", "Gas"),
    ("Energy-saving heat pump controls", "Installed in a residence, reduced rate", "", "340.00", "0%", "251.00", "Gas"),
    ("Mixer tap, kitchen", "Chrome, supplied and fitted", "", "128.00", "20%", "71.00", "Plumbing"),
    ("Basin tap pair", "Chrome, supplied and fitted", "pair", "74.00", "20%", "36.00", "Plumbing"),
    ("Radiator 600 × 1000", "Double panel, with thermostatic valve", "", "164.00", "20%", "92.00", "Plumbing"),
    ("Outside tap", "With double check valve", "", "96.00", "20%", "31.00", "Plumbing"),
    ("Drain clearing", "Up to one hour with the electric eel", "visit", "110.00", "20%", "", "Plumbing"),
    ("Copper pipe 15 mm", "", "m", "6.80", "20%", "3.9250", "Material"),
    ("Sundries and fixings", "", "", "14.50", "20%", "", "Material"),
)  # fmt: skip

# title, then lines: (product, quantity, discount in percent, note beneath)
JOBS = (
    ("Annual service", (("Annual boiler service", "1", "", ""),)),
    ("Annual service, CO alarm", (("Annual boiler service", "1", "", ""), ("Carbon monoxide alarm", "1", "", ""))),
    ("Leak under sink, new tap", (("Call-out, weekday", "1", "", ""), ("Labour", "1.5", "", ""), ("Mixer tap, kitchen", "1", "", ""), ("Sundries and fixings", "1", "", ""))),
    ("Blocked waste", (("Drain clearing", "1", "", ""), ("Labour", "0.5", "", ""))),
    ("Boiler repair, diverter valve", (("Call-out, weekday", "1", "", ""), ("Labour", "2", "", "Parts under the maker’s guarantee"),)),
    ("Swap two radiators", (("Radiator 600 × 1000", "2", "", ""), ("Labour", "4.5", "", ""), ("Copper pipe 15 mm", "6.5", "", ""), ("Sundries and fixings", "1", "", ""))),
    ("Gas safety records", (("Landlord gas safety record", "4", "10", "Flats 2, 5, 8 and 9"),)),
    ("Outside tap and stopcock", (("Outside tap", "1", "", ""), ("Labour", "1.25", "", ""), ("Copper pipe 15 mm", "3", "", ""))),
    ("Boiler replacement", (("Combi boiler 30 kW", "1", "", ""), ("Labour", "14", "", "Two engineers, two days"), ("Magnetic filter and system flush", "1", "", ""), ("Flue kit and brackets", "1", "", ""), ("Smart thermostat, fitted", "1", "10", "Less 10% with boiler"))),
    ("Burst pipe, weekend", (("Call-out, evening or weekend", "1", "", ""), ("Labour", "2.5", "", ""), ("Copper pipe 15 mm", "4", "", ""), ("Sundries and fixings", "1", "", ""))),
    ("New basin taps, upstairs", (("Basin tap pair", "2", "", ""), ("Labour", "1.75", "", ""))),
    ("Plant room and kitchen", (("Labour", "9", "", ""), ("Second engineer", "9", "", ""), ("Radiator 600 × 1000", "3", "5", "Trade discount"), ("Copper pipe 15 mm", "18.5", "", ""), ("Sundries and fixings", "2", "", ""))),
    ("Thermostat and controls", (("Smart thermostat, fitted", "1", "", ""), ("Energy-saving heat pump controls", "1", "", "Zero-rated, VAT Notice 708/6"), ("Labour", "2", "", ""))),
)  # fmt: skip

# The one that shows what a long document looks like: headings, notes, discounts, two rates.
LONG_JOB = "Flat 9, bathroom and heating"
LONG_LINES = (
    ("heading", "Strip out", "", "", ""),
    ("item", "Labour", "6", "", "Old suite taken to the tip"),
    ("item", "Second engineer", "6", "", ""),
    ("heading", "First fix", "", "", ""),
    ("item", "Copper pipe 15 mm", "22.5", "", ""),
    ("item", "Labour", "8.5", "", "Hot and cold to bath, basin and shower"),
    ("item", "Sundries and fixings", "3", "", ""),
    ("heading", "Second fix", "", "", ""),
    ("item", "Basin tap pair", "1", "", ""),
    ("item", "Mixer tap, kitchen", "1", "5", "Trade discount"),
    ("item", "Radiator 600 × 1000", "2", "5", "Trade discount"),
    ("item", "Smart thermostat, fitted", "1", "", ""),
    ("item", "Energy-saving heat pump controls", "1", "", "Zero-rated, VAT Notice 708/6"),
    ("item", "Carbon monoxide alarm", "2", "", ""),
    ("item", "Landlord gas safety record", "1", "", ""),
    ("note", "Keys handed back to your office on the last day. Guarantee papers follow by post.", "", "", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Offered:
    """A line of a quote; `group` names the choice it is part of."""

    text: str
    price: str
    quantity: str = "1"
    unit: str = ""
    details: str = ""
    kind: str = "item"
    group: str = ""
    label: str = ""
    suggested: bool = False
    least: str = ""
    most: str = ""


BATHROOM_INTRO = (
    "Thank you for showing us round. This is everything from stripping out to the last bead of silicone. "
    "The work takes eight days, and you will have a working toilet every night."
)
SUITE = "Bathroom suite"
BATHROOM = (
    Offered("Strip out the old suite and take it away", "420.00", unit="job"),
    Offered("First fix: hot, cold and waste pipes", "48.00", "16", "h"),
    Offered("Tile board and tanking round the shower", "38.00", "6.5", "m²"),
    Offered("Fit the suite, second fix, test", "48.00", "24", "h"),
    Offered("Making good and cleaning up", "180.00", unit="job"),
    Offered("Essential", "895.00", kind="choice", group=SUITE, label="Good",
            details="Acrylic bath, close-coupled toilet, pedestal basin, chrome mixer. 5 years’ guarantee."),
    Offered("Comfort", "1340.00", kind="choice", group=SUITE, label="Better, most chosen", suggested=True,
            details="Steel bath, rimless toilet with soft close, vanity unit, thermostatic shower. 10 years."),
    Offered("Signature", "2180.00", kind="choice", group=SUITE, label="Best",
            details="Freestanding bath, wall-hung toilet, oak vanity, rain shower. 25 years."),
    Offered("Heated towel rail", "245.00", kind="optional", suggested=True, details="500 × 1200 mm, on its own timer"),
    Offered("Underfloor heating mat", "385.00", kind="optional", details="3.2 m² under the tiles, with thermostat"),
    Offered("Tiled shower niche", "95.00", kind="optional", suggested=True, least="1", most="3"),
    Offered("Mirror cabinet with light", "210.00", kind="optional", details="600 mm, with shaver socket"),
)  # fmt: skip
CYLINDER = (
    Offered("Take out the old cylinder and cold tank", "260.00", unit="job"),
    Offered("Unvented cylinder 210 l, fitted", "1480.00"),
    Offered("Expansion vessel and controls", "215.00"),
    Offered("Insulate the pipes in the loft", "9.50", "14", "m", kind="optional", suggested=True),
    Offered("Yearly service for three years", "240.00", kind="optional"),
)
BOILER = (
    Offered("Take out the old boiler", "180.00", unit="job"),
    Offered("Combi boiler 30 kW, fitted", "1595.00", kind="choice", group="Boiler", label="10 years", suggested=True),
    Offered("Combi boiler 35 kW, fitted", "1890.00", kind="choice", group="Boiler", label="12 years"),
    Offered("Flush, filter and inhibitor", "185.00"),
    Offered("Smart thermostat", "165.00", kind="optional", suggested=True),
    Offered("Thermostatic radiator valve", "38.00", "4", kind="optional", least="1", most="12"),
)  # fmt: skip
PUMP = (
    Offered("Twin-impeller shower pump", "410.00"),
    Offered("Fit it in the airing cupboard", "52.00", "3.5", "h"),
    Offered("Anti-vibration feet and braided hoses", "46.00", kind="optional", suggested=True),
)
TERMS = """This quote is for the work described and nothing else. What we find behind walls and under floors we show you first, and price before we go on.

We start on the day we agree in writing and work from 8 to 5, Monday to Friday. Please clear the rooms and keep a way free.

Payment is due within the days named on the invoice. Materials stay ours until they are paid for.

Our work is guaranteed for twelve months; makers’ guarantees are yours from the first day. Gas work is notified to Gas Safe and the certificate sent to you."""
