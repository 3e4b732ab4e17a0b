"""Names of countries as the United Nations write them, where everyday (CLDR) names differ.

The six official languages follow the short names of UNTERM, the terminology database of the United Nations, without
the article (a territory: the list of its Statistics Division). Portuguese is not one of the six: its names say the
same in the words of Brazil.
"""

# Per country: en, ar, zh-hans, fr, ru, es, pt; an empty name keeps the everyday one.
_ROWS = {
    "BN": (
        "Brunei Darussalam", "بروني دار السلام", "文莱达鲁萨兰国",
        "Brunéi Darussalam", "Бруней-Даруссалам", "Brunei Darussalam", "Brunei Darussalam",
    ),
    "BO": (
        "Bolivia (Plurinational State of)", "بوليفيا (دولة - المتعددة القوميات)", "多民族玻利维亚国",
        "Bolivie (État plurinational de)", "Боливия (Многонациональное Государство)",
        "Bolivia (Estado Plurinacional de)", "Bolívia (Estado Plurinacional da)",
    ),
    "CD": (
        "Democratic Republic of the Congo", "جمهورية الكونغو الديمقراطية", "刚果民主共和国",
        "République démocratique du Congo", "Демократическая Республика Конго",
        "República Democrática del Congo", "República Democrática do Congo",
    ),
    "CG": ("Congo", "الكونغو", "刚果（布）", "Congo", "Конго", "Congo", "Congo"),
    "CV": ("Cabo Verde", "كابو فيردي", "佛得角", "Cabo Verde", "Кабо-Верде", "Cabo Verde", "Cabo Verde"),
    "CZ": ("Czechia", "تشيكيا", "捷克", "Tchéquie", "Чехия", "Chequia", "Tchéquia"),
    "FK": (
        "Falkland Islands (Malvinas)", "جزر فوكلاند (مالفيناس)", "福克兰群岛（马尔维纳斯）",
        "Îles Falkland (Malvinas)", "Фолклендские (Мальвинские) острова",
        "Islas Malvinas (Falkland)", "Ilhas Malvinas (Falkland)",
    ),
    "FM": (
        "Micronesia (Federated States of)", "ميكرونيزيا (ولايات - الموحدة)", "密克罗尼西亚联邦",
        "Micronésie (États fédérés de)", "Микронезия (Федеративные Штаты)",
        "Micronesia (Estados Federados de)", "Micronésia (Estados Federados da)",
    ),
    "IR": (
        "Iran (Islamic Republic of)", "إيران (جمهورية - الإسلامية)", "伊朗伊斯兰共和国",
        "Iran (République islamique d’)", "Иран (Исламская Республика)",
        "Irán (República Islámica del)", "Irã (República Islâmica do)",
    ),
    "KP": (
        "Democratic People’s Republic of Korea", "جمهورية كوريا الشعبية الديمقراطية", "朝鲜民主主义人民共和国",
        "République populaire démocratique de Corée", "Корейская Народно-Демократическая Республика",
        "República Popular Democrática de Corea", "República Popular Democrática da Coreia",
    ),
    "KR": (
        "Republic of Korea", "جمهورية كوريا", "大韩民国",
        "République de Corée", "Республика Корея", "República de Corea", "República da Coreia",
    ),
    "LA": (
        "Lao People’s Democratic Republic", "جمهورية لاو الديمقراطية الشعبية", "老挝人民民主共和国",
        "République démocratique populaire lao", "Лаосская Народно-Демократическая Республика",
        "República Democrática Popular Lao", "República Democrática Popular do Laos",
    ),
    "MD": (
        "Republic of Moldova", "جمهورية مولدوفا", "摩尔多瓦共和国",
        "République de Moldova", "Республика Молдова", "República de Moldova", "República da Moldova",
    ),
    "MM": ("Myanmar", "ميانمار", "缅甸", "Myanmar", "Мьянма", "Myanmar", "Mianmar"),
    "PS": (
        "State of Palestine", "دولة فلسطين", "巴勒斯坦国",
        "État de Palestine", "Государство Палестина", "Estado de Palestina", "Estado da Palestina",
    ),
    "RU": (
        "Russian Federation", "الاتحاد الروسي", "俄罗斯联邦",
        "Fédération de Russie", "Российская Федерация", "Federación de Rusia", "Federação da Rússia",
    ),
    "SY": (
        "Syrian Arab Republic", "الجمهورية العربية السورية", "阿拉伯叙利亚共和国",
        "République arabe syrienne", "Сирийская Арабская Республика", "República Árabe Siria", "República Árabe Síria",
    ),
    "TL": ("Timor-Leste", "تيمور - ليشتي", "东帝汶", "Timor-Leste", "Тимор-Лешти", "Timor-Leste", "Timor-Leste"),
    "TR": ("Türkiye", "", "", "Türkiye", "", "Türkiye", ""),
    "TZ": (
        "United Republic of Tanzania", "جمهورية تنزانيا المتحدة", "坦桑尼亚联合共和国",
        "République-Unie de Tanzanie", "Объединенная Республика Танзания",
        "República Unida de Tanzanía", "República Unida da Tanzânia",
    ),
    "US": (
        "United States of America", "الولايات المتحدة الأمريكية", "美利坚合众国",
        "États-Unis d’Amérique", "Соединенные Штаты Америки",
        "Estados Unidos de América", "Estados Unidos da América",
    ),
    "VA": ("Holy See", "الكرسي الرسولي", "罗马教廷", "Saint-Siège", "Святой Престол", "Santa Sede", "Santa Sé"),
    "VE": (
        "Venezuela (Bolivarian Republic of)", "فنزويلا (جمهورية - البوليفارية)", "委内瑞拉玻利瓦尔共和国",
        "Venezuela (République bolivarienne du)", "Венесуэла (Боливарианская Республика)",
        "Venezuela (República Bolivariana de)", "Venezuela (República Bolivariana da)",
    ),
    "VN": ("Viet Nam", "فييت نام", "越南", "Viet Nam", "Вьетнам", "Viet Nam", ""),
}  # fmt: skip

UN_NAMES = {
    language: {code: names[place] for code, names in _ROWS.items() if names[place]}
    for place, language in enumerate(("en", "ar", "zh-hans", "fr", "ru", "es", "pt"))
}
