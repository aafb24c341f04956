import type { privacy as english } from '../en/privacy.ts';
import type { Translated } from '../translated.ts';

export const privacy: Translated<typeof english> = {
  sentences: {
    public:
      'Computer fremder Leute rechnen Teile des Modells mit deinem Text. Das Relay kann ihn nicht lesen. Wer die Schichten rechnet, könnte ihn wiederherstellen und sieht deine IP-Adresse. Gib nichts ein, was du nicht öffentlich sagen würdest.',
    publicHidden:
      'Computer fremder Leute rechnen Teile des Modells mit deinem Text. Das Relay kann ihn nicht lesen, sieht aber deine IP-Adresse. Wer die Schichten rechnet, sieht deine Adresse nicht, könnte aber den Text wiederherstellen. Gib nichts ein, was du nicht öffentlich sagen würdest.',
    circle:
      'Nur Computer von Mitgliedern dieses Kreises rechnen Teile des Modells mit deinem Text. Die Mitglieder, die die Schichten rechnen, könnten ihn wiederherstellen und sehen deine IP-Adresse. Außerhalb des Kreises kann ihn niemand lesen, auch das Relay nicht, das aber deine Adresse sieht. Mitglied ist, wer die Einladung bekam.',
    circleHidden:
      'Nur Computer von Mitgliedern dieses Kreises rechnen Teile des Modells mit deinem Text. Die Mitglieder, die die Schichten rechnen, könnten ihn wiederherstellen, sehen deine IP-Adresse aber nicht. Außerhalb des Kreises kann ihn niemand lesen, auch das Relay nicht, das aber deine Adresse sieht. Mitglied ist, wer die Einladung bekam.',
    local:
      'Das Modell läuft allein in diesem Tab. Dein Text bleibt auf diesem Computer: Keine Verbindung zum Relay oder zu anderen Tabs ist offen. Nur die Dateien des Modells werden heruntergeladen, falls dieser Browser sie nicht schon hat.',
  },
  title: 'Datenschutz',
  lead: 'Computer fremder Leute rechnen Teile des Modells mit deinem Text. Schreib hier nichts, was du nicht öffentlich sagen würdest. Der Rest dieser Seite sagt, wer was sehen könnte.',
  ask: {
    title: 'Wenn du fragst',
    chain: {
      term: 'Die Freiwilligen deiner Kette',
      text: 'Sie bekommen Zahlen statt Text, aber Zahlen, aus denen sich der Text wiederherstellen lässt. Rechne damit, dass sie das ganze Gespräch lesen. Sie sehen deine IP-Adresse, außer du verbirgst sie vor anderen Tabs.',
    },
    circle: {
      term: 'In einem Kreis und für dich allein',
      text: 'In einem Kreis sind diese Freiwilligen seine Mitglieder und sonst niemand. In der Stufe Lokal läuft das Modell in deinem eigenen Tab: Kein Text verlässt ihn, und keine Verbindung zum Relay ist offen.',
    },
    embedding: {
      term: 'Wer für dich einen Text in einen Vektor verwandelt',
      text: 'Ein einziger Tab, und er liest diesen Text, wie du ihn geschrieben hast.',
    },
    relay: {
      term: 'Das Relay',
      text: 'Es sieht deine IP-Adresse, mit welchen Tabs du dich verbindest, wann, und wie viel fließt. Fragen und Antworten kann es nicht lesen: Was durch es hindurchgeht, ist für den anderen Tab versiegelt.',
    },
    turn: {
      term: 'Ein TURN-Server, falls es einen gibt',
      text: 'Dasselbe wie das Relay, für die Verbindungen, die ihn brauchen.',
    },
    sources: {
      term: 'Quellen von Modellen',
      text: 'Gewichte, die diese Website nicht hat, kommen von dort, wo das Modell veröffentlicht ist, zum Beispiel von Hugging Face. Dieser Server sieht deine Adresse und welches Modell du lädst.',
    },
    report: {
      term: 'Wenn du eine Antwort meldest',
      text: 'Dein Grund, deine Notiz, das Modell und die Namen der Tabs, die sie berechneten, gehen an die Leute, die das Relay betreiben. Frage und Antwort gehen nur mit, wenn du das Kästchen dafür ankreuzt: Dann können sie beides lesen.',
    },
  },
  contribute: {
    title: 'Wenn du mitmachst',
    seenByOthers: {
      term: 'Was andere von dir sehen',
      text: 'Deine IP-Adresse, wie bei jeder direkten Verbindung, außer du verbirgst sie; welche Blöcke du hältst; ungefähr, was für ein Gerät es ist. Keinen Namen, keine Datei, nichts aus anderen Tabs.',
    },
    seenByYou: {
      term: 'Was du von anderen siehst',
      text: 'Diese Seite zeigt dir nichts vom Text anderer. Ihr Programm läuft aber auf deinem Gerät, und jemand anderes könnte seines verändern: Darum lautet der Rat oben so, wie er lautet.',
    },
    tallies: {
      term: 'Was dein Tab dem Relay sagt',
      text: 'Was er hält, wie schnell er rechnet und wie viele Token er beigetragen hat. Das Relay zählt das über alle Tabs zusammen und zeigt allen die Summe; sie sagt, wie viel gerechnet wurde, nicht was oder für wen.',
    },
    time: {
      term: 'Wann es geschieht',
      text: 'Nachdem du auf Mitmachen gedrückt hast, und nie davor. Stopp beendet es.',
    },
  },
  device: {
    title: 'Was auf diesem Gerät bleibt',
    conversations: {
      term: 'Gespräche',
      text: 'Nur in einer Datenbank dieses Browsers, unverschlüsselt: Wer diesen Browser benutzt, kann sie lesen. Niemand sonst hat eine Kopie, also kann auch niemand eine wiederherstellen. Was du in der Liste löschst, ist weg.',
    },
    settings: {
      term: 'Einstellungen und ein Schlüssel, der diesen Browser benennt',
      text: 'Am Schlüssel erkennen andere Tabs, dass sie noch mit demselben sprechen. Er gehört zu keiner Person und keinem Konto; löschst du die Daten dieser Website, entsteht ein neuer.',
    },
    history: {
      term: 'Was du beigetragen hast',
      text: 'Tageszahlen deines Beitrags. Sie verlassen diesen Browser nie.',
    },
    models: {
      term: 'Teile von Modellen',
      text: 'Für den nächsten Besuch aufgehoben, so viel dein Browser erlaubt.',
    },
    site: {
      term: 'Diese Website selbst',
      text: 'Ihre Seiten und Programme, damit sie sich auch ohne Verbindung öffnet.',
    },
    deletion: {
      term: 'Wie du alles löschst',
      text: 'Auf der Seite <storage>Speicher</storage>, mit einem Knopf, in allen Tabs dieser Website. Anderswo gibt es nichts davon, außer Meldungen, die du abgeschickt hast.',
    },
  },
  operator: {
    title: 'Wer diese Website betreibt',
    unnamed: 'Dazu steht hier nichts',
    noContact: 'Ein Kontakt ist nicht angegeben.',
    terms: 'Nutzungsbedingungen',
    kept: {
      term: 'Was die Software aufhebt',
      text: 'Das Relay zählt Adressen, solange eine Verbindung offen ist, um jede in ihren Grenzen zu halten, und behält eine verschlüsselte Form für eine Stunde, wenn es Daten für sie übertrug. In sein Protokoll schreibt es keine Adresse und keinen Text. Es behält Meldungen, die ihm jemand schickt, und einen Tag lang, wie viele Token in jeder Minute beigetragen wurden. Was daneben Webserver oder Anbieter aufschreiben, können nur die sagen, die sie betreiben.',
    },
    unpromised: {
      term: 'Was sie nicht versprechen kann',
      text: 'Dass Freiwillige ehrlich rechnen oder vergessen, was sie gerechnet haben. Die Gewichte werden gegen einen Hash geprüft; das Rechnen prüft noch niemand.',
    },
  },
};
