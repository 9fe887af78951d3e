"""Parts of column names, English and German, that say what it holds; the first of a list is the surest sign."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TEXTS = _words("""
    text body message content review comment description sentence question utterance document abstract request
    ticket complaint nachricht beschreibung anfrage anliegen rezension kommentar bericht feedback texte texto msg
""")
#: What others wrote about a text: a text too, where there is no better one.
NOTES = ("note", "internal", "reply", "response", "answer", "antwort", "notiz")
TITLES = ("subject", "title", "headline", "summary", "heading", "betreff", "titel")
#: Questions of a FAQ, also in other languages; then what may be asked where it stands beside an answer.
QUESTIONS = ("question", "query", "frage", "pregunta", "pergunta", "domanda", "vraag")
ASKED = ("utterance", "request", "anfrage", "prompt", "message", "nachricht", "inquiry", "subject", "betreff")
#: What answers them, and what a title finds.
ANSWERS = _words("""
    passage context answer antwort document response reply solution lösung respuesta resposta risposta antwoord
    réponse
""")
ARTICLES = _words("article artikel body text content story abstract description beschreibung inhalt document")
#: Labels that no FAQ has beside it: with one of them, questions and answers are texts to classify.
SURE_LABELS = ("label", "class", "klasse", "target", "intent", "sentiment")
LABELS = _words("""
    label class category kategorie queue topic thema intent target sentiment department abteilung tag team type kind
    issue outcome reason sector area section genre priority priorität severity status stars sterne rating bewertung
    score klasse polarity categorie etiquette etiqueta
""")
#: What texts that lie together are called: nobody is to learn it.
CLUSTERS = ("cluster", "clustering")
#: Numbers that say how alike two texts are.
SCORES = ("similarity", "relatedness", "score", "gsscore", "gs", "sim", "rating", "gold", "ähnlichkeit", "bewertung")
GROUPS = _words("""
    customer client kunde kunden kundennummer user author account patient reviewer requester sender member person
    employee session conversation thread document doc case article dialog dialogue
""")
DOMAINS = _words("""
    domain product source channel region country market brand shop store site platform produkt kanal land company
    firma organization organisation airline carrier bank hotel restaurant merchant vendor seller publisher outlet
    newspaper website subreddit forum app marke branch filiale city stadt state location ort
""")
#: Who wrote a text, where the column holds many of them; the first are the surest.
PEOPLE = ("username", "handle", "nickname", "nick", "screenname", "name", "email", "mail", "from", "by")
#: What tells something of a person or a place, not which one it is, as the last word of a name.
TRAITS = _words("""
    timezone zone location country city state region type age gender lang language agent status segment count score
    rating
""")
TIMES = _words("time date created timestamp year day when at updated sent received opened posted")
IDS = ("id", "uuid", "guid", "key", "number", "nummer", "nr", "no", "ticket")
#: People, languages and sides of a split; `name` may be that of a class.
OTHERS = _words("""
    email mail nachname vorname firstname lastname phone agent assignee assigned owner staff bearbeiter mitarbeiter
    by from to split fold lang language locale sprache gender geschlecht age alter zip plz postcode url link
    timezone coord device browser version
""")
#: What a column can hold that is no class.
BESIDE = (*GROUPS, *DOMAINS, *TIMES, *IDS, *OTHERS, "name")
#: What is seldom a class, though its name may hold the word of one.
UNLIKELY = (*BESIDE, *TEXTS, *NOTES, *TITLES)
#: What else columns are often called; with all above but what values are too, it tells a header from a row of data.
ELSE = _words("""
    product source domain channel index name value count month datum fecha email mail phone lang language split url
    link query tweet emotion premise hypothesis string similarity duplicate
""")
_OF_TEXTS = (*TEXTS, *NOTES, *TITLES, *QUESTIONS, *ASKED, *ANSWERS, *ARTICLES)
HEADERS = frozenset((*_OF_TEXTS, *SURE_LABELS, *LABELS, *CLUSTERS, *GROUPS, *TIMES, *IDS, *ELSE)) - {"no", "at"}
FLAGS = ("true", "false", "yes", "no", "y", "n", "ja", "nein")
