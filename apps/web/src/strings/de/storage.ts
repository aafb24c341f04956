import type { storage as english } from '../en/storage.ts';
import type { Translated } from '../translated.ts';

export const storage: Translated<typeof english> = {
  title: 'Speicher',
  lead: 'Alles, was diese Seite behält, liegt in diesem Browser und steht hier. Nichts davon ist anderswo; was du löschst, ist also weg.',
  looking: 'Sieht nach, was dieser Browser behält.',
  keep: 'Behalten',
  models: {
    title: 'Modelle',
    blocked:
      'Dieser Browser behält keine Dateien für diese Seite: Modelle werden bei jedem Start neu geladen. Verlass das private Fenster oder erlaube der Seite, Daten zu speichern.',
    none: 'Kein Modell ist gespeichert. Sobald du mit einem mitmachst oder es fragst, bleiben Stücke davon hier.',
    total_one: '{{number}} Modell, {{bytes}}.',
    total_other: '{{number}} Modelle, {{bytes}}.',
    list: 'Gespeicherte Modelle',
    unlisted: 'Modell {{root}}',
    part: '{{bytes}} von {{all}}',
    lastUsed: 'zuletzt benutzt: {{time}}',
    neverUsed: 'wann zuletzt benutzt, ist nicht bekannt',
    usedHere: 'Dieser Tab benutzt es. Beende erst das Mitmachen oder entlade es.',
    usedElsewhere: 'Ein anderer Tab benutzt es. Beende es erst dort.',
    usedBoth: 'Dieser und ein anderer Tab benutzen es. Beende es erst in beiden.',
    stray: 'Das ist kein Modell von uns, etwas hat es hier liegen lassen. Du kannst es löschen.',
    broken: 'Der Download brach ab, bevor er zu etwas nütze war. Du kannst es löschen.',
    delete: 'Löschen',
    deleteNamed: '{{name}} löschen',
    confirm: '{{name}} löschen? Bei der nächsten Benutzung wird es neu geladen.',
    note: 'Ein Tab behält die Stücke, die er brauchte, vielleicht also nur einen Teil eines Modells. Jedes Stück wird beim Lesen geprüft, ein beschädigtes neu geladen.',
  },
  limit: {
    title: 'Platz für Modelle',
    label: 'Höchstens behalten, in GB',
    hint: 'Bleibt das Feld leer, entscheidet allein dein Browser. Bevor ein Download darüber hinausginge, gehen die Modelle, die du am längsten nicht benutzt hast. Was ein Tab benutzt, bleibt; was nicht passt, wird jedes Mal neu geladen.',
    apply: 'Übernehmen',
    invalid: 'Gib eine Zahl über 0 ein, etwa 5 oder 0,5, oder lass das Feld leer.',
  },
  space: {
    title: 'Platz in diesem Browser',
    used: '{{used}} von {{quota}}, die dieser Browser der Seite gibt, sind belegt.',
    bar: 'Belegter Platz',
    unknown: 'Dieser Browser sagt nicht, wie viel Platz es gibt.',
    persisted: 'Dieser Browser verspricht, alles zu behalten, bis du es selbst löschst.',
    notPersisted:
      'Wird der Platz auf der Festplatte knapp, darf dieser Browser alles löschen, ohne dich zu fragen. Du kannst ihn bitten, das nicht zu tun.',
    persistUnknown: 'Dieser Browser verspricht nicht, wie lange er etwas behält.',
    persist: 'Um Aufbewahrung bitten',
  },
  kept: {
    title: 'Was sonst noch bleibt',
    conversations: {
      title: 'Gespräche',
      text: 'Deine Fragen und die Antworten darauf.',
      delete: 'Alle Gespräche löschen',
      confirm: 'Alle Gespräche löschen? Niemand sonst hat eine Kopie.',
    },
    contributionHistory: {
      title: 'Was du beigetragen hast',
      text: 'Für jeden Tag, wie viel dieser Browser gegeben hat.',
      delete: 'Diesen Verlauf löschen',
      confirm: 'Den Verlauf deiner Beiträge löschen?',
    },
    settings: {
      title: 'Einstellungen',
      text: 'Grenzen und Regeln fürs Mitmachen, Einstellungen fürs Chatten, Farben, Sprache, die Daten von heute, deine letzte Messung, die Seiten, auf denen du dem Mitmachen zugestimmt hast.',
    },
    identity: {
      title: 'Ein Schlüssel, der diesen Browser benennt',
      text: 'Daran erkennen andere Tabs, dass sie noch mit demselben sprechen. Er gehört zu keiner Person und lässt sich nicht aus dem Browser kopieren.',
    },
    circles: {
      title: 'Kreise',
      text: 'Die Schlüssel deiner Kreise. Ohne sie brauchst du eine neue Einladung.',
    },
    kernels: {
      title: 'Was an deiner GPU gemessen wurde',
      text: 'Welche Rechenweise auf ihr am schnellsten ist, damit spätere Starts nicht neu probieren müssen.',
    },
    pages: {
      title: 'Die Seite selbst',
      text: 'Ihre Dateien, damit sie sich auch ohne Netz öffnet.',
    },
    conversationsAmount_one: '{{number}} Gespräch, {{bytes}}',
    conversationsAmount_other: '{{number}} Gespräche, {{bytes}}',
    historyAmount_one: '{{number}} Tag, {{bytes}}',
    historyAmount_other: '{{number}} Tage, {{bytes}}',
    unreadable: 'war nicht zu lesen',
    circlesAmount_one: '{{number}} Kreis',
    circlesAmount_other: '{{number}} Kreise',
    there: 'gespeichert',
    absent: 'nichts gespeichert',
    unknown: 'sagt dieser Browser nicht',
  },
  outcome: {
    modelDeleted: '{{name}} ist gelöscht.',
    modelInUse:
      '{{name}} ist noch da, denn ein Tab benutzt es. Beende es dort oder schließ den Tab und versuch es noch einmal.',
    limitKept: 'So viel bleibt von jetzt an.',
    limitRefused:
      'Dieser Browser lässt eine Seite hier nicht schreiben, die Grenze bleibt also, wie sie war. Ein neuerer kann es.',
    persisted: 'Dieser Browser verspricht, alles zu behalten.',
    persistRefused:
      'Dieser Browser hat abgelehnt. Viele stimmen zu, wenn eine Seite installiert ist, ein Lesezeichen hat oder oft benutzt wird.',
    deleted: {
      conversations: 'Alle Gespräche sind gelöscht.',
      contributionHistory: 'Der Verlauf ist gelöscht.',
    },
    failed: {
      conversations:
        'Die Gespräche ließen sich nicht löschen. Schließ andere Tabs dieser Seite und versuch es noch einmal.',
      contributionHistory:
        'Der Verlauf ließ sich nicht löschen. Schließ andere Tabs dieser Seite und versuch es noch einmal.',
    },
  },
  erase: {
    title: 'Alles über mich löschen',
    text: 'Modelle, Gespräche, Kreise, Einstellungen, der Verlauf und der Schlüssel, der diesen Browser benennt: Alles geht, in jedem Tab dieser Seite. Mitmachen und laufende Antworten enden vorher.',
    limits:
      'Rahmen dieser Seite auf fremden Webseiten haben eigenen Speicher, den der Browser getrennt hält: Lösch ihn dort oder in den Einstellungen des Browsers.',
    button: 'Alles löschen',
    question: 'Alles endgültig löschen?',
    questionText:
      'Es gibt keine Kopie, nichts bringt es also zurück. Andere Tabs dieser Seite hören auf.',
    confirm: 'Ja, alles löschen',
    stopping: 'Beendet, was läuft, damit niemandes Antwort abbricht.',
    headings: {
      running: 'Alles wird gelöscht',
      done: 'Alles ist gelöscht',
      left: 'Nicht alles ist gelöscht',
      elsewhere: 'Dieser Tab hat aufgehört',
      'nothing-asked': 'Nichts wurde gelöscht',
    },
    running: 'Wartet, bis andere Tabs dieser Seite sich verabschiedet haben, und löscht dann.',
    done: 'Diese Seite behält nichts und ist mit niemandem verbunden.',
    elsewhere:
      'Alles wird gelöscht, wie du es in einem anderen Tab wolltest. Dieser behält nichts.',
    nothingAsked: 'Wer alles löschen will, sagt das auf der Seite „Speicher“.',
    leftOver: 'Einiges ließ sich nicht löschen:',
    remedy:
      'Schließ alle Tabs dieser Seite und lösch noch einmal, oder lösch die Daten dieser Seite in den Einstellungen deines Browsers.',
    parts: {
      'service-worker': 'was die Seite ohne Netz öffnet',
      caches: 'gespeicherte Dateien der Seite und Messungen',
      files: 'Dateien von Modellen',
      databases: 'Schlüssel, Kreise und Gespräche',
      settings: 'Einstellungen',
    },
    begin: 'Neu anfangen',
  },
};
