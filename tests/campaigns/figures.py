"""Every figure and event that must be on the site: the slug, a piece of its value or title, its year, its source."""

import re

WORDS = {"million": 1_000_000, "billion": 1_000_000_000}


def states(text, value):
    """Whether the text states the value: as it is, and not as a part of a longer number (13 % does not state 3 %)."""
    return re.search(rf"(?<![\d.,]){re.escape(value)}(?!\d|[.,]\d)", text) is not None


def number_in(value):
    """The number that a value prints, in words or not: 2.5 million is 2500000."""
    digits, word = re.search(r"(\d[\d,]*(?:\.\d+)?)(?: (million|billion))?", value).groups()
    return round(float(digits.replace(",", "")) * WORDS.get(word, 1))


FACTS = [
    # The UNRIC page
    ("people-trafficked-at-any-time", "2.5 million", 2010, "unric-blue-heart"),
    ("millions-each-year", "Millions", 2012, "unric-blue-heart"),
    ("tens-of-billions", "Tens of billions", 2012, "unric-blue-heart"),
    ("parties-2012", "147", 2012, "unric-blue-heart"),
    ("few-brought-to-justice", "Very few", 2012, "unric-blue-heart"),
    ("europe-profits", "€ 2.5 billion", 2010, "unodc-europe-2010"),
    ("europe-victims-at-any-time", "140,000", 2010, "unodc-europe-2010"),
    ("europe-new-victims", "70,000", 2010, "unodc-europe-2010"),
    ("europe-sexual-exploitation", "84 %", 2010, "unodc-europe-2010"),
    ("europe-one-in-seven", "1 in 7", 2010, "unodc-europe-2010"),
    ("europe-young-women", "Young women", 2010, "unodc-europe-2010"),
    ("europe-origin-balkans", "32 %", 2010, "unodc-europe-2010"),
    ("europe-origin-former-soviet-union", "19 %", 2010, "unodc-europe-2010"),
    ("europe-origin-south-america", "13 %", 2010, "unodc-europe-2010"),
    ("europe-origin-central-europe", "7 %", 2010, "unodc-europe-2010"),
    ("europe-origin-africa", "5 %", 2010, "unodc-europe-2010"),
    ("europe-origin-east-asia", "3 %", 2010, "unodc-europe-2010"),
    ("europol-2011-outlook", "no quick fall", 2011, "europol-2011"),
    ("europe-video", "Linda Eriksson Baca", 2012, "baca-video"),
    ("forced-labour-through-trafficking", "2.5 million", 2007, "ilo-forced-labour-2007"),
    ("countries-affected", "161", 2006, "unodc-global-patterns-2006"),
    ("age-of-most-victims", "18–24", 2006, "iom-database-2006"),
    ("children-trafficked-each-year", "1.2 million", 2003, "unicef-uk-2003"),
    ("education-of-victims", "Middle-level education", 2006, "iom-database-2006"),
    ("recruiter-a-stranger", "54 %", 2006, "iom-database-2006"),
    ("recruiter-known", "46 %", 2006, "iom-database-2006"),
    ("sexual-exploitation-share", "79 %", 2012, "unric-blue-heart"),
    ("forced-labour-share", "18 %", 2012, "unric-blue-heart"),
    ("other-forms", "other forms", 2012, "unric-blue-heart"),
    ("yearly-profits", "US$ 31.6 billion", 2005, "besler-2005"),
    ("prosecutions-2006", "5,808", 2006, "us-tip-2007"),
    ("convictions-2006", "3,160", 2006, "us-tip-2007"),
    ("one-conviction-per-800", "1 in 800", 2006, "us-tip-2007"),
    # The flyer of World Day 2016
    ("anyone-can-become-a-victim", "Anyone", 2016, "unodc-world-day-2016"),
    ("kinds-of-vulnerability", "Personal, situational, circumstantial", 2016, "unodc-world-day-2016"),
    ("grounds-of-vulnerability", "Age, gender, disability", 2016, "unodc-world-day-2016"),
    ("vulnerability-before-the-courts", "Argentina", 2016, "unodc-world-day-2016"),
    ("migration-and-trafficking", "link", 2016, "glotip-2016"),
    ("conflict-disaster-and-trafficking", "War and disaster", 2016, "glotip-2016"),
    ("shakti-samuha", "600", 2016, "unodc-world-day-2016"),
    ("different-and-equal", "300", 2016, "unodc-world-day-2016"),
    ("glotip-2016-countries", "136", 2016, "glotip-2016"),
    ("glotip-rhythm", "two years", 2016, "unodc-world-day-2016"),
    # Beyond the two documents
    ("definition", "Act + means + purpose", 2000, "palermo-protocol"),
    ("parties-2018", "173", 2018, "ctoc-cop-2018-2"),
    ("countries-with-campaign-2013", "10", 2013, "unodc-brazil-radio-2013"),
    ("countries-with-campaign-2019", "28", 2019, "unodc-bolivia-2019"),
    ("pact-precepts", "11", 2011, "unodc-santiago-2011"),
    ("pact-signatures-mexico", "15,000", 2011, "unodc-santiago-2011"),
    ("indigenous-languages", "21", 2011, "unodc-santiago-2011"),
    ("fund-first-grants", "US$ 300,000", 2011, "unodc-grants-2011"),
    ("fund-by-2013", "US$ 1.5 million", 2013, "unis-2013-722"),
    ("fund-granted-2021", "US$ 4.8 million", 2021, "unodc-waly-2021"),
    ("fund-granted-2023", "US$ 6.9 million", 2023, "unodc-grants-2023"),
    ("glotip-2024-victims", "202,478", 2023, "glotip-2024"),
    ("glotip-2024-countries", "156", 2024, "glotip-2024"),
    ("glotip-2024-increase", "25 %", 2022, "glotip-2024"),
    ("glotip-2024-children", "38 %", 2022, "glotip-2024"),
    ("glotip-2024-child-increase", "31 %", 2022, "glotip-2024"),
    ("glotip-2024-forced-labour", "47 %", 2022, "glotip-2024"),
    ("glotip-2024-forced-criminality", "8 %", 2022, "glotip-2024"),
    ("glotip-2016-forced-criminality", "1 %", 2016, "glotip-2024"),
    ("glotip-2022-countries", "141", 2022, "glotip-2022"),
    ("glotip-2020-countries", "148", 2020, "glotip-2020"),
    ("glotip-2020-women-and-girls", "65 %", 2020, "unodc-waly-2021"),
    ("glotip-2020-children", "34 %", 2020, "unodc-waly-2021"),
    ("glotip-2020-of-ten", "5 women and 2 girls", 2020, "unodc-waly-2021"),
    ("glotip-2018-countries", "142", 2018, "glotip-2018"),
    ("glotip-2014-countries", "128", 2014, "glotip-2014"),
    ("glotip-2009-victims", "22,000", 2006, "glotip-2009"),
    ("glotip-2009-found-in", "137", 2009, "glotip-2009"),
    ("glotip-2009-came-from", "127", 2009, "glotip-2009"),
    ("fund-victims-a-year-2023", "5,000", 2023, "unodc-grants-2023"),
    ("fund-victims-a-year-2021", "3,500", 2021, "unodc-waly-2021"),
    ("fund-fourth-call", "US$ 1.4 million", 2020, "unodc-grants-2020"),
    ("fund-received-2020", "US$ 7 million", 2020, "unodc-covid-2020"),
    ("fund-received-in-2019", "US$ 0.5 million", 2019, "unvtf-report-2019"),
    ("bolivia-students", "300", 2019, "unodc-bolivia-2019"),
    ("belgium-towns", "40", 2023, "unodc-brulo-blue-heart"),
    ("united-kingdom-ports", "140", 2024, "unodc-highlights"),
    ("music-to-inspire-artists", "75", 2017, "unodc-partnerships"),
    ("site-languages", "5", 2014, "unodc-about-2014"),
    ("colombia-pacts", "4 governors and 12 mayors", 2016, "unodc-colombia-2016"),
    ("proceeds-of-the-campaign", "All proceeds", 2021, "unodc-waly-2021"),
    ("fund-seventh-call", "10", 2023, "unodc-grants-2023"),
    ("fund-grant-willow", "US$ 20,000", 2023, "unodc-grants-2023"),
    ("fund-grant-ihd", "IHD", 2023, "unodc-grants-2023"),
    ("fund-emergency-2020", "10", 2020, "unodc-covid-2020"),
    ("fund-first-organisations", "12", 2011, "un-news-grants-2011"),
    ("fund-leading-donor", "Belgium", 2026, "unodc-partnerships"),
    ("fund-mandate", "Humanitarian, legal and financial aid", 2023, "unvtf-about"),
    ("fund-board", "5", 2024, "unodc-board-2024"),
]

# What others than the United Nations report: the same, and who reports it
REPORTED = [
    ("countries-with-campaign-2025", "46", 2025, "ngocstip-mozambique", "NGO Committee to Stop Trafficking"),
    ("glotip-2012-countries", "132", 2012, "glotip-2012", "ACRATH"),
    ("glotip-2012-came-from", "136", 2010, "glotip-2012", "ACRATH"),
    ("glotip-2012-found-in", "118", 2010, "glotip-2012", "ACRATH"),
    ("glotip-2016-routes", "500", 2014, "xinhua-blue-heart-2017", "Xinhua"),
    ("glotip-2024-increase", "25 %", 2022, "glotip-2024", "La Strada"),
    ("fund-fifth-call", "US$ 0.6 million", 2021, "onuitalia-grants-2021", "OnuItalia"),
    ("fund-first-ceiling", "US$ 20,000", 2014, "coalition-fbo-fund", "coalitionfbo.org"),
    ("fund-first-pledges", "6 governments and 1", 2010, "ion-global-trends-2010", "ION Global Trends"),
]

# What the page of the law says of each instrument: its date, and what it must name
LAW = [
    ("unodc", "1997", "guardian"),
    ("convention-against-organized-crime", "15 November 2000", "In force since 29 September 2003"),
    ("protocol", "15 November 2000", "In force since 25 December 2003"),
    ("protocol", "15 November 2000", "For a child, the means is not required"),
    ("eu-directive-2004-81", "2004", "reflection period"),
    ("global-plan-of-action", "30 July 2010", "A/RES/64/293"),
    ("eu-directive-2011-36", "5 April 2011", "Directive 2011/36/EU"),
    ("europol", "2011", "mandate"),
    ("eu-coordinator", "December 2011", "Myria Vassiliadou"),
    ("strasbourg-case-law", "by 16 April 2012", "on several occasions"),
    ("resolution-68-192", "December 2013", "A/RES/68/192"),
]

# Year, its published ordinal, countries covered, data from and to
EDITIONS = [
    (2009, "first", None, None, None),
    (2012, "", 132, 2007, 2010),
    (2014, "second of its kind mandated by the General Assembly", 128, 2010, 2012),
    (2016, "third edition of the mandated report", 136, 2012, 2014),
    (2018, "fourth", 142, None, None),
    (2020, "fifth", 148, None, None),
    (2022, "seventh, by the count of the UN iLibrary", 141, 2018, 2021),
    (2024, "eighth, by the count of UNODC", 156, 2020, 2023),
]

# Each table of data: its numbers in their order
TABLES = {
    "europe-2010-origins": [32, 19, 13, 7, 5, 3],
    "forms-of-exploitation": [79, 18],
    "recruiters-1999-2006": [54, 46],
    "justice-2006": [5808, 3160],
    "glotip-2020-victims": [65, 34],
    "glotip-2020-of-ten": [5, 2],
    "glotip-2024-victims": [39, 23, 22, 16],
    "glotip-countries-covered": [132, 128, 136, 142, 148, 141, 156],
}

MILESTONES = [
    ("campaign-launch", "5 March 2009"),
    ("mexico-approves", "April 2010"),
    ("spain-joins", "June 2010"),
    ("portugal-joins", "16 April 2012"),
    ("mira-sorvino", "12 February 2009"),
    ("nicolas-cage", "4 December 2009"),
    ("fund-launched", "4 November 2010"),
]

# Year, what stands for its theme, certainty, hashtag
WORLD_DAYS = [
    (2014, "#igivehope", "A", "#igivehope"),
    (2015, "#igivehope", "A", "#igivehope"),
    (2016, "Vulnerability", "A", ""),
    (2017, "", "A", ""),
    (2018, "Responding to the trafficking of children and young people", "B", ""),
    (2019, "", "B", ""),
    (2020, "Committed to the cause – working on the frontline to end human trafficking", "B", ""),
    (2021, "Victims’ Voices Lead the Way", "A", ""),
    (2022, "Use and abuse of technology", "B", ""),
    (2023, "Reach every victim of trafficking, leave no one behind", "A", ""),
    (2024, "Leave No Child Behind in the Fight Against Human Trafficking", "B", ""),
    (2025, "Human Trafficking is Organized Crime – End the Exploitation", "B", "#EndHumanTrafficking"),
    (2026, "", "A", ""),
]

JOINED = [
    ("MX", "April 2010"),
    ("ES", "June 2010"),
    ("PT", "April 2012"),
    ("BR", "9 May 2013"),
    ("PA", "11 November 2014"),
    ("CO", "29 September 2011"),
    ("EG", "30 July 2018"),
    ("TN", "30 July 2018"),
    ("BE", "2019"),
    ("EC", "by 11 April 2019"),
    ("GT", "2016"),
    ("PE", "by 20 September 2019"),
    ("BO", "20 September 2019"),
    ("NG", "2023"),
    ("GB", "2024"),
    ("LB", "20 December 2011"),
    ("MT", "28 July 2020"),
    ("MZ", "2025"),
]
