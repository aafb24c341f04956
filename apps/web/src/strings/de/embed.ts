import type { embed as english } from '../en/embed.ts';
import type { Translated } from '../translated.ts';

export const embed: Translated<typeof english> = {
  consent: {
    title: 'Einen Teil dieses Computers ausleihen?',
    looking: 'Schaut nach, wer diesen Rahmen zeigt.',
    about:
      '<site>{{site}}</site> zeigt diesen Rahmen, der von <host>{{host}}</host> kommt. Sagst du ja, rechnet dieser Tab einen Teil eines offenen Sprachmodells für Leute, die es etwas fragen, bis du es anhältst oder gehst. {{site}} verdient nichts daran und sieht keine Texte.',
    yes: 'Ja, mitmachen',
    no: 'Nein',
    points: {
      electricity: 'Strom',
      data: 'Daten und Speicher',
      address: 'Deine Adresse',
      text: 'Texte anderer Leute',
      rest: 'Wann es ruht',
    },
    electricity:
      'Grafikchip oder Prozessor sind bis zu {{share}} der Zeit beschäftigt. Das Gerät braucht mehr Strom und kann warm werden.',
    data: 'Teile eines Modells werden heruntergeladen, bis zu {{memory}}. {{kept}} {{day}}',
    keptNot: 'Dieser Browser hebt für Rahmen nichts auf, darum geschieht das bei jedem Besuch neu.',
    kept: 'Sie bleiben für das nächste Mal in diesem Browser.',
    dayUnlimited: 'Eine Grenze am Tag gibt es nicht.',
    day: 'Höchstens {{data}} am Tag gehen über deine Verbindung.',
    address:
      'Dieser Tab verbindet sich mit Tabs fremder Leute, die deine IP-Adresse sehen, wie auch das Relay.',
    text: 'Was andere fragen, geht als Zahlen durch den Speicher dieses Tabs, solange es beantwortet wird. Es wird weder gezeigt noch aufgehoben.',
    restNever: 'Gar nicht, wie du es unter Grenzen gewählt hast.',
    rest: 'Es pausiert {{when}}, soweit der Browser es verrät.',
    restWhen: {
      hidden: 'solange dieser Rahmen nicht zu sehen ist',
      battery: 'im Akkubetrieb',
      metered: 'in einem Netz, das nach Daten bezahlt wird',
    },
    remember:
      'Bei späteren Besuchen auf {{site}} von selbst anfangen, sobald dieser Rahmen zu sehen ist',
    remembered: 'Bei späteren Besuchen auf {{site}} fängt es von selbst an.',
    forget: 'Frag mich wieder',
    notKept:
      'Dieser Browser hebt für Rahmen auf anderen Websites nichts auf, darum wirst du bei jedem Besuch gefragt.',
  },
  confirm: {
    title: 'Mitmachen, solange du auf {{site}} bist?',
    about:
      'Du hast in einem Rahmen auf <site>{{site}}</site> auf „Ja, mitmachen“ gedrückt. Dieser Browser kann nicht sagen, ob du gesehen hast, wozu du ja sagst, darum wirst du hier noch einmal gefragt. Es gelten die Grenzen aus dem Rahmen; dies sind die üblichen.',
    remember:
      'Bei späteren Besuchen auf {{site}} von selbst anfangen, sobald der Rahmen zu sehen ist',
    noWindow:
      'Aus dem Fenster, das noch einmal fragt, kam keine Antwort. Erlaube dieser Seite, es zu öffnen, oder mach auf der Website des Relays selbst mit.',
  },
  refusals: {
    'no-person': 'Das kann nur ein Mensch drücken.',
    'too-small':
      'Dieser Rahmen ist zu klein, um zu zeigen, wozu du ja sagen würdest. Nichts hat begonnen.',
    'not-visible':
      'Etwas verdeckt diesen Rahmen, oder ein Teil ist nicht zu sehen, darum zählte der Druck nicht. Scroll ihn ins Bild und drück noch einmal.',
    unread: 'Einige der Wörter oben waren noch nicht zu sehen: Scroll hindurch und drück dann.',
    'too-soon': 'Das ging schnell, darum zählte es nicht: Drück noch einmal, wenn du es so meinst.',
  },
  tabs: {
    label: 'Ansichten',
    chat: 'Chat',
    contribute: 'Mitmachen',
  },
  stop: 'Stopp',
  stopNow: 'Sofort',
  limits: {
    title: 'Grenzen',
    memory: 'Speicher höchstens',
    memoryHint: 'Für Teile eines Modells und für Gespräche.',
    memoryLocked: 'Halte es an, um das zu ändern.',
    data: 'Daten am Tag höchstens',
    dataHint: 'Für andere gesendet, empfangen und heruntergeladen.',
    unlimited: 'ohne Grenze',
    hidden: 'Auch außer Sicht',
    hiddenHint: 'Hinter einem anderen Tab, verdeckt oder weggescrollt.',
    battery: 'Im Akkubetrieb',
    metered: 'In einem Netz, das nach Daten bezahlt wird',
  },
  serving: {
    label: 'Beitrag',
    phases: {
      idle: 'ruht',
      probing: 'probiert',
      choosing: 'wählt',
      loading: 'lädt',
      recovering: 'erholt sich',
      serving: 'rechnet',
      draining: 'läuft aus',
      paused: 'pausiert',
      stopping: 'hält an',
      stopped: 'angehalten',
      failed: 'gescheitert',
    },
    thisSite: 'diese Website',
    agreed: 'Du hast für {{site}} ja gesagt.',
    revoke: 'Zurücknehmen',
    tokens: 'Token beigetragen',
    speed: 'Tempo',
    data: 'Daten',
  },
  storage: {
    granted:
      'Dieser Rahmen benutzt deine Manyhands-Identität{{name}}. Unter Mitmachen auf {{host}} stehen die Websites, auf denen er von selbst anfangen darf.',
    own: 'Dieser Rahmen hat eine eigene Identität{{name}}, nur für diese Website.',
    use: 'Meine Manyhands-Identität hier benutzen',
    refused: 'Der Browser ließ es nicht zu. Öffne einmal {{host}} und versuch es hier wieder.',
  },
};
