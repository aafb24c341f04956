import type { chat as en } from '../en/chat.ts';
import type { Translated } from '../translated.ts';

export const chat: Translated<typeof en> = {
  toolbar: {
    advanced: 'Erweitert',
    begin: 'Neu',
    beginKeys: 'Neues Gespräch (Strg+Umschalt+O)',
  },
  suggestions: {
    title: 'Frag die vielen Hände etwas.',
    titleAlone: 'Frag diesen Tab etwas.',
    // The built-in model reads and writes English only.
    what: 'What is Manyhands?',
    how: 'How does my prompt travel through the network?',
    private: 'Is my prompt private?',
    riddle: 'Tell me a riddle.',
    sky: 'Why is the sky blue?',
    story: 'Tell me a story about a robot named Max.',
    nobody:
      'Gerade rechnet niemand mit diesem Modell. <contribute>Mach mit diesem Tab mit</contribute> oder öffne noch einen und drücke dort auf Mitmachen; für ein kleines Modell genügt einer.',
    nobodyInCircle:
      'Gerade rechnet kein Mitglied mit diesem Modell. <contribute>Mach mit diesem Tab mit</contribute> oder bitte ein Mitglied darum; für ein kleines Modell genügt ein Tab.',
  },
  local: {
    label: 'Modell in diesem Tab',
    ready: '<strong>{{model}}</strong> ist in diesem Tab ({{size}}) und antwortet nur dir.',
    missing:
      '<strong>{{model}}</strong> muss zuerst in diesen Tab: bis zu {{size}}, einmal geladen und in diesem Browser behalten. Dann berechnet es deine eigenen Antworten und die von niemand anderem, bis du es entlädst oder den Tab schließt.',
    load: 'Laden',
    unload: 'Entladen',
    cancel: 'Abbrechen',
    loading: 'Wird geladen',
    looking: 'Sehe nach, was dieser Browser kann …',
  },
  composer: {
    label: 'Deine Nachricht',
    placeholder: 'Schreib eine Nachricht',
    send: 'Senden (Eingabetaste)',
    stop: 'Anhalten (Escape)',
    attach: 'Textdateien hinzufügen',
    drop: 'Textdateien hier ablegen',
    files: 'Dateien, die mitgeschickt werden',
    remove: '{{name}} entfernen',
    added: '{{name}} ist dabei.',
    removed: '{{name}} ist entfernt.',
    hideProblems: 'Diese Hinweise ausblenden',
    length: '{{length}} von {{limit}} Zeichen',
    lengthOver: '{{length}} von {{limit}} Zeichen, zu lang',
    longForModel:
      'Etwa {{tokens}} Token; {{model}} liest höchstens {{limit}}, die Antwort eingeschlossen. Kürzer ist sicherer.',
    tooLong: 'Eine Nachricht darf {{limit}} Zeichen haben; diese hat {{length}}.',
    tooLongWithFiles:
      'Eine Nachricht darf samt Dateien {{limit}} Zeichen haben; diese hat {{length}}. Entferne eine Datei oder kürze den Text.',
    full: 'Dieses Gespräch ist voll: Fang ein neues an.',
    badSetting: 'Eine erweiterte Einstellung stimmt nicht.',
  },
  file: {
    tooLarge:
      '{{name}} hat {{size}}; eine Nachricht fasst insgesamt {{limit}} Zeichen. Kopiere den Teil, um den es geht, in die Nachricht.',
    binary:
      '{{name}} ist keine Textdatei. Speichere sie zuerst als reinen Text: Bilder, PDFs und Dokumente können hier nicht gelesen werden.',
    encoding:
      '{{name}} ist nicht in UTF-8 geschrieben. Speichere die Datei in einem Texteditor als UTF-8 und füge sie noch einmal hinzu.',
    empty: '{{name}} ist leer.',
    unreadable:
      '{{name}} ließ sich nicht lesen. Vielleicht wurde sie verschoben oder ist ein Ordner: Wähle sie noch einmal aus.',
    already: '{{name}} ist schon dabei.',
    tooMany: '{{name}} blieb draußen: Eine Nachricht nimmt höchstens {{limit}} Dateien mit.',
    unnamed: 'Datei',
  },
  settings: {
    label: 'Erweiterte Einstellungen',
    presets: {
      legend: 'Stil der Antworten',
      precise: 'Genau',
      balanced: 'Ausgewogen',
      creative: 'Kreativ',
      preciseHint:
        'Bleibt bei den wahrscheinlichsten Wörtern. Für Fakten, Code und Zusammenfassungen.',
      balancedHint: 'Etwas Abwechslung, ohne den Faden zu verlieren. Für die meisten Fragen.',
      creativeHint:
        'Nimmt auch unwahrscheinliche Wörter. Für Geschichten und Ideen; verirrt sich öfter.',
      ownHint: 'Deine eigenen Werte, wie sie unten stehen.',
    },
    groups: {
      instructions: 'Anweisungen',
      words: 'Wie Wörter gewählt werden',
      length: 'Länge und Wiederholbarkeit',
      network: 'Wie Tabs sich die Arbeit teilen',
    },
    systemPrompt: {
      label: 'Systemprompt',
      hint: 'Was das Modell vor dem Gespräch wissen oder beachten soll, etwa „Antworte in kurzen Sätzen.“ Freiwillige können das lesen wie deine Nachrichten.',
    },
    temperature: {
      label: 'Temperatur',
      hint: 'Wie gewagt die Wortwahl ist. 0 nimmt immer das wahrscheinlichste Wort; über 1 wird es oft seltsam.',
    },
    topK: {
      label: 'Top-k',
      hint: 'Wählt nur unter so vielen der wahrscheinlichsten Wörter. 0 lässt die Zahl offen.',
    },
    topP: {
      label: 'Top-p',
      hint: 'Behält die wahrscheinlichsten Wörter, bis ihre Chancen zusammen so groß sind. 1 behält alle.',
    },
    minP: {
      label: 'Min-p',
      hint: 'Lässt Wörter weg, deren Chance kleiner ist als dieser Teil der besten. 0 lässt keines weg.',
    },
    repetitionPenalty: {
      label: 'Wiederholungsabzug',
      hint: 'Über 1 werden Wörter, die schon dastehen, unwahrscheinlicher. 1 ändert nichts; mehr als 1,3 schadet.',
    },
    tokensMax: {
      label: 'Höchstens so viele Token',
      hint: 'Spätestens hier endet die Antwort. Ein Token ist etwa ein halbes deutsches Wort.',
    },
    seed: {
      label: 'Startwert',
      hint: 'Dieselbe Zahl gibt bei gleichen Einstellungen und gleicher Frage dieselbe Antwort. Leer bleibt es abwechslungsreich.',
    },
    stopStrings: {
      label: 'Stoppwörter',
      hint: 'Die Antwort endet vor dem ersten davon. Eines pro Zeile.',
    },
    stagesMin: {
      label: 'Mindestens so viele Stufen',
      hint: 'Verteilt das Modell auf so viele Tabs, dass keiner alles hat. Mehr Tabs sind langsamer.',
    },
    activation: {
      label: 'Zwischenwerte',
      hint: 'Wie genau ist, was Tabs einander schicken. 16 Bit sind kaum anders als 32 und halb so viel; 8 Bit sind grob, für langsame Leitungen.',
      f16: '16 Bit',
      f32: '32 Bit',
      q8: '8 Bit (grob)',
    },
    reset: 'Auf Anfang zurücksetzen',
    isDefault: 'Hier ist alles wie am Anfang.',
    errors: {
      range: 'Eine Zahl von {{min}} bis {{max}}.',
      wholeRange: 'Eine ganze Zahl von {{min}} bis {{max}}.',
      whole: 'Eine ganze Zahl.',
      lines: 'Höchstens {{max}} Zeilen.',
      lineLength: 'Höchstens {{max}} Zeichen pro Zeile.',
    },
  },
  model: {
    label: 'Modell',
    reading: 'Die Liste der Modelle wird gelesen …',
    none: 'Kein Modell ist bereit',
    option: '{{name}} · {{size}} · {{standing}}',
    holdable: '{{name}} · {{size}}',
    embeddings: 'Embeddings',
    compare: 'Modelle vergleichen',
    list: 'Modelle, die man fragen kann',
    standing: {
      notLoaded: 'nicht geladen',
      loaded: 'in diesem Tab geladen',
      noMember: 'läuft bei keinem Mitglied',
      members_one: 'bereit, {{tabs}} Tab von Mitgliedern',
      members_other: 'bereit, {{tabs}} Tabs von Mitgliedern',
      membersIncomplete_one: 'unvollständig, {{tabs}} Tab von Mitgliedern',
      membersIncomplete_other: 'unvollständig, {{tabs}} Tabs von Mitgliedern',
    },
    status: {
      ready: 'geprüft',
      hashing: 'wird geprüft, {{share}}',
      unverified: 'von diesem Relay noch nicht geprüft',
      failed: 'ließ sich nicht prüfen',
    },
    coverage: {
      noCircle: 'Kein Kreis ist gewählt, also wird niemand gefragt',
      asking: 'Es wird gefragt, wer es hat …',
      localNone: 'Noch nicht in diesem Tab',
      localFull: 'Alles davon ist in diesem Tab',
      noMember: 'Gerade hat kein Mitglied dieses Modell',
      nobody: 'Gerade hat niemand dieses Modell',
      full: 'Jeder Block ist da, bei {{people}}',
      partial: '{{people}}, aber niemand hat {{missing}}',
      volunteers_one: '{{people}} Tab',
      volunteers_other: '{{people}} Tabs',
      members_one: '{{people}} Tab von Mitgliedern',
      members_other: '{{people}} Tabs von Mitgliedern',
    },
    facts: {
      size: 'Größe',
      sizeOf_one: '{{size}}: {{parameters}} Parameter in {{blocks}} Block',
      sizeOf_other: '{{size}}: {{parameters}} Parameter in {{blocks}} Blöcken',
      context: 'Liest',
      contextOf: '{{tokens}} Token, die Antwort eingeschlossen',
      licence: 'Lizenz',
      speed: 'Tempo',
      coverage: 'Vorhanden',
    },
    speed: {
      asking: 'wird ermittelt …',
      unknown: 'unbekannt',
      unknownPartial: 'unbekannt, solange niemand antworten könnte',
      unknownLocal: 'unbekannt, bis es geladen ist',
      predicted: 'etwa {{rate}}, vorhergesagt',
    },
  },
  code: {
    text: 'Text',
    copy: 'Code kopieren',
  },
  text: {
    done: 'erledigt',
    open: 'offen',
    image: 'Bild: {{description}}',
    unnamedImage: 'Bild: ohne Beschreibung',
  },
};
