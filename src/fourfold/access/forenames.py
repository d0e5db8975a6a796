"""Forenames: short forms and spellings of one name, and names that differ by little and are not one name.

Three tables of our own, written from what everybody knows. The first says what is one name however it is called: Kate
and Catherine, Yusuf and Youssef. The second says what a name may also be short for, or be in another language: Sam is
Samuel or Samantha. The third says what are two: Jane and Jean, Marie and Maria. Without it twins would be taken for one
woman who was misspelt, for they share all the rest.
"""

from __future__ import annotations

#: The few short forms and spellings so common that a register holds both; each leads to one long form.
NICKNAMES = {
    short: long
    for long, shorts in {
        "aleksandr": "oleksandr aliaksandr alexandr",
        "alexander": "alex sandy",
        "andrew": "andy drew",
        "anthony": "tony antony",
        "benjamin": "ben",
        "catherine": "kate katie cathy kathy katherine kathryn catharine",
        "charles": "charlie chuck",
        "christopher": "chris",
        "daniel": "dan danny",
        "david": "dave",
        "deborah": "debbie deb debra",
        "dmitry": "dmitri dmitriy dmytro dimitri dima",
        "edward": "ed eddie ted teddy",
        "ekaterina": "yekaterina kateryna",
        "elizabeth": "liz lizzie beth betty eliza elisabeth",
        "frederick": "fred freddie frederic",
        "gareth": "gaz",
        "gregory": "greg gregor",
        "hussain": "hussein husain husayn hossein",
        "ibrahim": "ebrahim",
        "jacqueline": "jackie jacqui",
        "james": "jim jimmy jamie",
        "jennifer": "jen jenny",
        "john": "jack johnny jon",
        "jonathan": "jonny jonathon",
        "joseph": "joe joey",
        "joshua": "josh",
        "kenneth": "ken kenny",
        "leonard": "leo len lenny",
        "malgorzata": "gosia",
        "margaret": "maggie meg peggy",
        "matthew": "matt",
        "michael": "mike mick mickey",
        "mohammed": "mohamed muhammad mohammad mohd mhmd muhammed mohamad md",
        "nathaniel": "nathan nat",
        "nicholas": "nick nicky nicolas",
        "patricia": "pat trish tricia",
        "pamela": "pam",
        "peter": "pete",
        "rebecca": "becky becca",
        "richard": "rich rick ricky dick",
        "robert": "rob bob bobby robbie",
        "ronald": "ron ronnie",
        "samuel": "sam sammy",
        "sergey": "sergei serhiy sergii",
        "stephen": "steve steven stephan",
        "susan": "sue susie suzie",
        "terence": "terry terrence",
        "theodore": "theo",
        "thomas": "tom tommy",
        "timothy": "tim",
        "tatiana": "tatyana tanya",
        "victoria": "vicky vicki vikki",
        "william": "will bill billy liam",
        "yusuf": "yousuf yousef youssef yusef",
        "yulia": "iuliia yuliya iulia",
    }.items()
    for short in shorts.split()
}

#: What else each long form may be called. A short form of two names has the key of one of them, above, and may be either;
#: a name of two languages keeps its two keys. This makes nobody one: it only keeps the names from speaking against it.
_ALSO = {
    "alan": "al",
    "albert": "al bert bertie",
    "aleksandra": "sasha ola",
    "alexander": "aleksandr sasha al xander",
    "alexandra": "alex sandy sasha lexi aleksandra oleksandra",
    "andrea": "andy andie",
    "anna": "ania anya",
    "antonia": "toni tony",
    "aoife": "eefa eefah",
    "barbara": "babs basia",
    "bernadette": "bernie",
    "bernard": "bernie",
    "caoimhe": "keeva kweeva",
    "catherine": "cath kath kat kitty",
    "charlotte": "charlie lottie",
    "christian": "chris",
    "christina": "chris chrissie tina",
    "christine": "chris chrissie",
    "christopher": "kit",
    "danielle": "dan danny dani",
    "diana": "di",
    "diane": "di",
    "edwin": "ed eddie",
    "ekaterina": "katya",
    "elena": "lena yelena olena",
    "eleanor": "ellie nell nellie",
    "frances": "fran frankie",
    "francis": "fran frank frankie",
    "gabriel": "gabe gabby",
    "gabrielle": "gabby",
    "georgina": "georgie",
    "gerald": "gerry jerry",
    "geraldine": "gerry",
    "harold": "harry",
    "henry": "harry",
    "jeremy": "jerry",
    "jessica": "jess jessie",
    "joanna": "jo asia joey",
    "joanne": "jo",
    "joseph": "jo",
    "josephine": "jo josie",
    "julia": "yulia juliya",
    "katarzyna": "kasia kaska",
    "kimberley": "kim",
    "laurence": "larry laurie",
    "leslie": "les",
    "lesley": "les",
    "louise": "lou",
    "louis": "lou louie",
    "magdalena": "magda",
    "maria": "masha",
    "maxine": "max",
    "melanie": "mel",
    "melissa": "mel",
    "mikhail": "misha",
    "mohammed": "mo",
    "natalia": "natasha nataliya natalya",
    "niamh": "neve neave",
    "nicola": "nick nicky nikki nicki nikky",
    "nicole": "nick nicky nikki nicki nikky",
    "nicholas": "nikki",
    "nikolai": "kolya",
    "patrick": "pat paddy",
    "philip": "phil",
    "philippa": "phil pippa pip",
    "roberta": "bobbie robbie",
    "rosemary": "rose rosie",
    "samantha": "sam sammy",
    "siobhan": "shivaun shivawn chevonne",
    "stephanie": "steph stevie",
    "stephen": "stevie",
    "teresa": "terry terri tess",
    "theodore": "ted teddy",
    "valerie": "val",
    "veronica": "ronnie",
    "vladimir": "vova volodya",
    "william": "billie wills",
}

#: Names that are near each other in letters or sound, yet are given to two people; spellings of one stand joined by /.
_ESTABLISHED = """
    aaron adam aidan/aiden adrian adriana adele adeline alan/allan/alun albert alberta alfred alice alicia alison/allison
    amanda amina amelia emilia amy/aimee amber ana/anna hannah/hanna anne/ann annabel annie andrea andreas angela
    angelina anita antonia archie arthur aisha/ayesha asha barbara beatrice bernard bernadette bethany bradley brandon
    brenda brendan brian/bryan bridget callum/calum cameron carl/karl carla carol/carole caroline carolyn cecil cecilia
    charlotte chloe christian christina/kristina christine clara clare/claire claude claudia colin connor/conor craig
    daisy danielle darren daria dean/deane deana denis/dennis denise derek diana diane/dianne dominic dominique donald donna
    dorothy doris douglas duncan dylan eileen/aileen elaine eleanor/elinor elena elise ella ellen ellie emil emily
    emma eric/erik erica/erika erin ernest esther eve/eva evan evelyn faith fay/faye fatima felicity fiona frances francis
    frank gabriel gabrielle gavin gary/garry gemma geoffrey/jeffrey george georgia georgina gerald geraldine gillian glen/glenn
    glenda gordon grace graham/graeme grant hamid hamza hasan/hassan harriet harry harvey hayley hazel heather helen
    helena henrietta henry holly howard hugh/huw hugo ian/iain imran irene iris isaac isabel/isobel/isabelle isabella
    isla ivan ivana ivy jacob jade jake jan jane/jayne janet janice janine jasmine jason jayden jean jeanette jeremy
    jerome jessica jill jillian joan joanna joanne jocelyn jodie/jody joel jordan josephine joyce juan juanita judith
    julia julian julianne julie june justin justine karen/karin kareem kathleen keith kelly kelvin kerry kevin kieran/ciaran
    kim kimberley/kimberly kirsten kirsty kyle lara laura lauren/lauryn laurence/lawrence leah lee/leigh leon leona lena
    lesley leslie lewis/louis lillian/lilian lily/lilly linda/lynda lisa/liza lloyd logan lorna lorraine louise lucas/lukas
    lucy lucia luke lydia lynn/lyn/lynne malcolm marcus marcia margot maria/mariah marian/marion mariam/maryam marie marina
    mark/marc marlene martha martin/martyn martina mary matilda maureen maurice max maxine megan melanie melissa melvin
    mia mila miles/myles miranda mohsin moira molly monica/monika morgan moses muriel nadia nadine naomi nasreen natalia
    natalie natasha neil/neal nicola nicole nigel nina noah noel noelle norma norman olga olive oliver olivia oscar owen
    paige patrick paul paula pauline penelope peta petra philip/phillip philippa phoebe phyllis polly priya rachel/rachael
    ralph ramona raymond rebekah reece/rhys rhian rhiannon roberta robin robyn rodney roger roland rosa rose rosemary
    rosie ross rowan roxanne roy ruby rupert russell ruth ryan sabrina sadie saima salma sally samantha samina samir samira
    sandra sara/sarah scott sean/shaun/shawn selina/selena shannon sharon shane sheila shirley simon simone sofia/sophia
    sophie stacey/stacy stanley stella stephanie stuart/stewart sylvia tamara tara tariq teresa/theresa tessa tina toby
    tracey/tracy tristan umar/omar uma vanessa valerie vera vernon vincent violet virginia vivian/vivien walter wayne
    wendy wesley yasmin/yasmine yasmina yvette yvonne zachary zahra/zara zain zoe/zoey
"""
ESTABLISHED = {spelling: names[0] for names in (each.split("/") for each in _ESTABLISHED.split()) for spelling in names}


def established(forename: str) -> str:
    """Return which established forename a plain word is, its spellings being one; "" for one that is not listed.

    Two that are listed and differ are two names, however alike they look.
    """
    long = NICKNAMES.get(forename, forename)
    return ESTABLISHED.get(long) or (long if long in _LONG else "")


_LONG = frozenset(NICKNAMES.values())
_MAY_BE: dict[str, set[str]] = {}
for _long, _shorts in _ALSO.items():
    for _short in _shorts.split():
        _MAY_BE.setdefault(_short, set()).add(_long)


def may_be(forename: str) -> frozenset[str]:
    """Return which names somebody may bear who is called by a plain word as written; none for no word.

    Two that have one of these in common do not contradict each other: Sam may be Samuel or Samantha, who are two.
    """
    long = NICKNAMES.get(forename, forename)
    also = {established(each) or each for word in (forename, long) for each in _MAY_BE.get(word, ())}
    return frozenset({established(long) or long, *also} - {""})


#: Forenames that are none of these tables' pairs, and so stand nowhere else: only that they are forenames is known of them.
_FURTHER = [
    "aled",
    "alys",
    "amal",
    "amir",
    "anwen",
    "arwel",
    "bethan",
    "bronwen",
    "carys",
    "catrin",
    "ceri",
    "dafydd",
    "delyth",
    "dewi",
    "dilys",
    "eirlys",
    "eleri",
    "elin",
    "elwyn",
    "emrys",
    "emyr",
    "fatou",
    "ffion",
    "geraint",
    "gethin",
    "glenys",
    "glyn",
    "gwen",
    "gwenllian",
    "gwyn",
    "haf",
    "hefin",
    "heledd",
    "idris",
    "iestyn",
    "ifan",
    "ioan",
    "iolo",
    "iorwerth",
    "iwan",
    "lleucu",
    "llinos",
    "llyr",
    "lowri",
    "mair",
    "mali",
    "manon",
    "mara",
    "marged",
    "mared",
    "meinir",
    "meleri",
    "menna",
    "meredydd",
    "mihangel",
    "morwenna",
    "myfanwy",
    "nerys",
    "nest",
    "nia",
    "non",
    "olwen",
    "owain",
    "rhodri",
    "rhydian",
    "sian",
    "sioned",
    "siwan",
    "tegid",
    "tegwen",
    "tomos",
    "tudur",
    "wyn",
    "ada",
    "edna",
    "nora",
    "odette",
    "ahmed",
    "aliyah",
    "anjali",
    "arjun",
    "bilal",
    "deepa",
    "farah",
    "hana",
    "hassan",
    "ikram",
    "jamila",
    "khadija",
    "leila",
    "mehmet",
    "nadeem",
    "omar",
    "rukhsana",
    "sanjay",
    "shabnam",
    "sunita",
    "tahir",
    "usman",
    "yasin",
    "zainab",
    "agnieszka",
    "dorota",
    "ewa",
    "joanna",
    "kinga",
    "marek",
    "pawel",
    "piotr",
    "tomasz",
    "zofia",
]
#: Short forms and names that are also a rank or an agency, and would be read as one.
_ALSO_OFFICES = frozenset({"di", "iris"})
_FORENAMES = frozenset({*_FURTHER, *ESTABLISHED, *NICKNAMES, *_LONG, *_ALSO, *_MAY_BE}) - _ALSO_OFFICES


def is_forename(word: str) -> bool:
    """Return whether a word, in small letters, is a listed forename and cannot be read as an office."""
    return word in _FORENAMES


#: Every form that the tables lead from: short forms, spellings, and the long forms themselves.
FORMS = frozenset({*NICKNAMES, *_LONG, *_ALSO, *_MAY_BE})


def other_forms(name: str) -> tuple[str, ...]:
    """Return what else the bearer of a name may be called, short or long, each alone: "Bob" and "Rob" of "Robert Reed".

    A short form of several names leads to each of them, and no further: Sam to Samuel and to Samantha.
    """
    forename = (name.casefold().split() or [""])[0]
    meant = may_be(forename) if forename in FORMS else frozenset[str]()
    return tuple(sorted(({each for each in FORMS if may_be(each) & meant} | meant) - {forename}))
