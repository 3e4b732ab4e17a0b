"""What schema.org lets be said of the types that our pages use: an excerpt of its vocabulary (schema.org, V29).

`REQUIRED` is what readers of such data (search engines' guides) refuse to do without.
"""

THING = {"name", "description", "url", "image", "identifier", "mainEntityOfPage", "alternateName", "sameAs"}
CREATIVE_WORK = THING | {
    "headline", "datePublished", "dateModified", "dateCreated", "inLanguage", "publisher", "author", "creator",
    "isBasedOn", "license", "isPartOf", "hasPart", "citation", "about", "keywords", "spatialCoverage",
    "temporalCoverage", "isAccessibleForFree", "sourceOrganization", "position", "version", "creditText",
}  # fmt: skip
PLACE = THING | {"address"}
ORGANISATION = THING | {"email", "parentOrganization"}

ALLOWED = {
    "Event": THING
    | {
        "startDate", "endDate", "location", "eventAttendanceMode", "eventStatus", "organizer", "subEvent", "superEvent",
        "inLanguage", "about",
    },
    "NewsArticle": CREATIVE_WORK | {"articleBody", "articleSection"},
    "Report": CREATIVE_WORK | {"reportNumber"},
    "CreativeWork": CREATIVE_WORK,
    "Dataset": CREATIVE_WORK | {"distribution", "variableMeasured", "measurementTechnique", "includedInDataCatalog"},
    "DataDownload": CREATIVE_WORK | {"encodingFormat", "contentUrl"},
    "PropertyValue": THING | {"value", "unitText", "minValue", "maxValue", "measurementTechnique"},
    "DonateAction": THING | {"recipient", "target", "agent", "price", "priceCurrency", "object"},
    "EntryPoint": THING | {"urlTemplate", "contentType", "httpMethod", "inLanguage", "actionPlatform"},
    "Place": PLACE,
    "PostalAddress": THING | {"addressCountry"},
    "Organization": ORGANISATION,
}  # fmt: skip
REQUIRED = {
    "Event": {"name", "startDate", "location", "eventStatus"},
    "NewsArticle": {"headline", "datePublished", "author"},
    "Report": {"name", "url"},
    "Dataset": {"name", "description"},
    "DataDownload": {"contentUrl"},
    "DonateAction": {"recipient"},
    "Organization": {"name"},
    "Place": {"name"},
}
DATES = {"startDate", "endDate", "datePublished", "dateModified", "dateCreated"}
ADDRESSES = {"url", "contentUrl", "mainEntityOfPage", "isBasedOn", "image"}


def problems(described: dict, at: str = "") -> list[str]:
    """What is wrong with a description, and with those within it: one line each."""
    kind = described.get("@type", "")
    here = f"{at}/{kind}"
    if kind not in ALLOWED:
        return [f"{here}: a type that the excerpt does not have"]
    names = {name for name in described if not name.startswith("@")}
    found = [f"{here}: {name} is no property of it" for name in sorted(names - ALLOWED[kind])]
    found += [f"{here}: {name} is missing" for name in sorted(REQUIRED.get(kind, set()) - names)]
    for name, value in described.items():
        for each in value if isinstance(value, list) else [value]:
            found += _wrong_value(f"{here}.{name}", name, each)
    return found


def _wrong_value(where: str, name: str, value: object) -> list[str]:
    if isinstance(value, dict):
        return problems(value, where)
    if value in (None, ""):
        return [f"{where}: empty"]
    if name in ADDRESSES and not str(value).startswith(("http://", "https://")):
        return [f"{where}: not an absolute address: {value}"]
    if name in DATES and not str(value)[:4].isdigit():
        return [f"{where}: not a date: {value}"]
    return []
