"""The fixed vocabulary of a scenario page: its parts, groups, settings, kinds and levels."""

from typing import Final

#: The eight parts of every scenario's guidance: field name and heading, in the order they are shown.
PARTS: Final[tuple[tuple[str, str], ...]] = (
    ("do_now", "Do now"),
    ("child_harmed", "The child who was harmed"),
    ("child_displayed", "The child who displayed the behaviour"),
    ("parents", "Parents and carers"),
    ("staff_and_pupils", "Staff and other pupils"),
    ("refer", "When to refer and to whom"),
    ("avoid", "What not to do"),
    ("record", "Record and review"),
)

GROUPS: Final[tuple[tuple[str, str], ...]] = (
    ("contact", "Contact and exposure"),
    ("language-culture-media", "Language, culture and media"),
    ("images", "Images"),
    ("age-ability-relationship", "Age, ability and relationship"),
    ("home-care-community", "Home, care and community"),
    ("staff-adults", "Staff and adults"),
    ("cases-in-motion", "Cases in motion"),
)

SETTINGS: Final[tuple[tuple[str, str], ...]] = (
    ("early_years", "Early years"),
    ("primary", "Primary school"),
    ("secondary", "Secondary school"),
    ("special", "Special school or resource base"),
    ("alternative", "Alternative provision"),
    ("college", "College or sixth form"),
    ("boarding", "Boarding school"),
    ("childrens_home", "Children's home"),
    ("foster", "Foster home"),
    ("social_care", "Children's social care"),
    ("health", "Health service"),
    ("youth_sport_faith", "Youth club, sport or faith group"),
    ("police_justice", "Police or youth justice"),
)

KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("touching", "Touching"),
    ("assault", "Rape or sexual assault reported"),
    ("exposure", "Exposure or undressing"),
    ("self_touching", "Self-touching"),
    ("play", "Play and curiosity"),
    ("sexual_activity", "Sexual activity between children"),
    ("language", "Sexualised language"),
    ("harassment", "Sexual harassment"),
    ("messages", "Messages and group chats"),
    ("images", "Nude or sexual images"),
    ("pornography", "Pornography"),
    ("online_adult", "An adult online"),
    ("exploitation", "Exploitation"),
    ("group", "Group behaviour"),
    ("towards_staff", "Behaviour towards staff"),
    ("adult", "An adult in the setting"),
    ("process", "Plans, thresholds, records and rumours"),
)

#: Hackett's continuum (2010), lowest first. It describes behaviour, never a child.
LEVELS: Final[tuple[tuple[str, str], ...]] = (
    ("normal", "Normal"),
    ("inappropriate", "Inappropriate"),
    ("problematic", "Problematic"),
    ("abusive", "Abusive"),
    ("violent", "Violent"),
)

#: How far a source was checked; the page shows it beside the source.
STATUSES: Final[tuple[tuple[str, str], ...]] = (
    ("read", "Read in a public source"),
    ("older edition", "Read in an older edition"),
    ("unverified", "Awaiting practitioner approval"),
)
