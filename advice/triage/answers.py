"""The questions of the form and their answers, by key: the form shows them, triage reads them.

Rule of the field: "do not know" never lowers concern, so UNKNOWN stands in every yes/no question.
"""

from typing import Final

Choices = tuple[tuple[str, str], ...]

YES_NO_UNKNOWN: Final[Choices] = (("yes", "Yes"), ("no", "No"), ("unknown", "I do not know"))

ROLES: Final[Choices] = (
    ("teacher", "Teacher"),
    ("dsl", "Designated safeguarding lead or deputy"),
    ("head", "Head teacher, principal or manager"),
    ("support_staff", "Teaching assistant, pastoral or other support staff"),
    ("early_years", "Early years practitioner or childminder"),
    ("social_worker", "Social worker or family support worker"),
    ("residential", "Residential care worker"),
    ("foster", "Foster carer or fostering worker"),
    ("youth_worker", "Youth worker"),
    ("health", "Health professional"),
    ("police_justice", "Police or youth justice"),
    ("sport_faith", "Coach, volunteer or faith leader"),
    ("other_professional", "Another role working with children"),
    ("parent", "I am a parent, carer or family member"),
    ("child", "I am under 18"),
    ("worried_about_self", "I am an adult worried about my own behaviour, or accused of something"),
)

#: Roles that another service helps better, and which one (see the signpost page).
SIGNPOSTED: Final[tuple[str, ...]] = ("parent", "child", "worried_about_self")

SETTINGS: Final[Choices] = (
    ("early_years", "Nursery, childminder or other early years"),
    ("primary", "Primary school"),
    ("secondary", "Secondary school"),
    ("special", "Special school or resource base"),
    ("alternative", "Alternative provision or pupil referral unit"),
    ("college", "College or sixth form"),
    ("boarding", "Boarding school"),
    ("childrens_home", "Children's home"),
    ("foster", "Foster home"),
    ("social_care", "Children's social care"),
    ("health", "Health service"),
    ("youth_sport_faith", "Youth club, sport or faith group"),
    ("police_justice", "Police or youth justice"),
    ("other", "Somewhere else"),
)

REGIONS: Final[Choices] = (
    ("east_midlands", "East Midlands"),
    ("east_of_england", "East of England"),
    ("london", "London"),
    ("north_east", "North East"),
    ("north_west", "North West"),
    ("south_east", "South East"),
    ("south_west", "South West"),
    ("west_midlands", "West Midlands"),
    ("yorkshire", "Yorkshire and the Humber"),
    ("not_england", "Scotland, Wales, Northern Ireland or elsewhere"),
)

#: How the children relate.
RELATIONS: Final[Choices] = (
    ("same_setting", "Same class, year or setting"),
    ("siblings", "Brothers, sisters, step or half siblings"),
    ("family", "Cousins or other family"),
    ("live_together", "Live in the same home, but are not related"),
    ("community", "Know each other from the community"),
    ("online_only", "Know each other only online"),
    ("partners", "Girlfriend, boyfriend or partner"),
    ("no_other_child", "Only one child, or a child and an adult"),
    ("unknown", "I do not know"),
)

#: What kind of behaviour; several may be chosen.
BEHAVIOURS: Final[Choices] = (
    ("touching", "Touching another person"),
    ("assault", "A report of rape or sexual assault"),
    ("sexual_activity", "Sexual activity that they say both agreed to"),
    ("exposure", "Showing private parts or undressing"),
    ("self_touching", "Touching themselves"),
    ("play", "Play or curiosity about bodies"),
    ("language", "Sexual language, jokes or comments"),
    ("harassment", "Sexual harassment, or a culture of it"),
    ("messages", "Sexual messages or group chats"),
    ("images", "Nude or sexual images or videos"),
    ("pornography", "Watching pornography"),
    ("towards_staff", "Behaviour towards a member of staff"),
    ("adult", "Worry about an adult"),
    ("process", "A plan, referral, rumour or record rather than new behaviour"),
    ("not_sure", "Something else, or I am not sure"),
)

PLACES: Final[Choices] = (
    ("classroom", "Classroom or activity"),
    ("toilets_changing", "Toilets or changing room"),
    ("corridor_playground", "Corridor, playground or grounds"),
    ("transport", "Bus, taxi or way to school"),
    ("child_home", "A child's home"),
    ("care_home", "Children's home, boarding house or foster home"),
    ("community", "Park, party or elsewhere in the community"),
    ("online", "Online or by phone"),
    ("unknown", "I do not know"),
)

PATTERN: Final[Choices] = (
    ("first", "First time that we know of"),
    ("again", "It has happened before"),
    ("again_after_plan", "It has happened again after adults put a plan in place"),
    ("unknown", "I do not know"),
)

#: Who knows already; several may be chosen.
TOLD: Final[Choices] = (
    ("dsl", "The designated safeguarding lead"),
    ("parents_displayed", "Parents or carers of the child who displayed the behaviour"),
    ("parents_harmed", "Parents or carers of the child who was harmed"),
    ("social_care", "Children's social care"),
    ("police", "Police"),
    ("nobody", "Nobody yet"),
)

#: Every question key with its choices; free-text and number questions have none.
QUESTIONS: Final[dict[str, Choices | None]] = {
    "danger_now": YES_NO_UNKNOWN,
    "role": ROLES,
    "setting": SETTINGS,
    "region": REGIONS,
    "age_displayed": None,  # whole years, 0 to 25, of the child who displayed the behaviour
    "age_harmed": None,  # whole years, 0 to 25, of the youngest child who was harmed
    "relation": RELATIONS,
    "gap": YES_NO_UNKNOWN,  # a clear gap in age, size, power or ability
    "needs": YES_NO_UNKNOWN,  # either child has communication or learning needs
    "looked_after": YES_NO_UNKNOWN,  # either child is looked after or on a protection plan
    "behaviours": BEHAVIOURS,
    "what_happened": None,
    "places": PLACES,
    "online": YES_NO_UNKNOWN,
    "images": YES_NO_UNKNOWN,  # a sexual image of a child exists
    "adult_involved": YES_NO_UNKNOWN,  # an adult took part, knew or encouraged
    "force": YES_NO_UNKNOWN,  # force, threat, pressure or reward
    "pattern": PATTERN,
    "told": TOLD,
    "done": None,
    "advice_wanted": None,
}
#: Answered with a list of choices rather than one.
SEVERAL: Final[frozenset[str]] = frozenset({"behaviours", "places", "told"})
