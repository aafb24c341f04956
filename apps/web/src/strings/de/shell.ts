import type { shell as english } from '../en/shell.ts';
import type { Translated } from '../translated.ts';

export const shell: Translated<typeof english> = {
  pages: {
    home: 'Start',
    contribute: 'Mitmachen',
    chat: 'Chat',
    network: 'Netz',
    bench: 'Messen',
    storage: 'Speicher',
    privacy: 'Datenschutz',
  },
  nav: 'Seiten',
  toHome: 'Manyhands, Startseite',
  skip: 'Zum Inhalt springen',
  loadingPage: 'Die Seite kommt gleich.',
  theme: {
    label: 'Farben: {{theme}}',
    auto: 'wie das System',
    light: 'hell',
    dark: 'dunkel',
  },
  language: 'Sprache',
  languageFailed: {
    title: 'Die Wörter auf {{name}} waren nicht zu bekommen',
    advice: 'Die Seite bleibt, wie sie ist. Prüf die Verbindung und wähl die Sprache noch einmal.',
  },
  dismiss: 'Ausblenden',
  relay: {
    words: {
      off: 'Offline',
      local: 'Lokal',
      loading: 'Verbinde',
      connecting: 'Verbinde',
      open: 'Online',
      waiting: 'Verbinde neu',
      refused: 'Abgewiesen',
      closed: 'Getrennt',
      failed: 'Geht nicht',
    },
    sentences: {
      off: 'Nicht mit dem Relay verbunden.',
      local: 'Dieser Tab ist für sich: Keine Verbindung ist offen.',
      loading: 'Verbindet sich mit dem Relay.',
      connecting: 'Verbindet sich mit dem Relay.',
      open: 'Mit dem Relay verbunden.',
      waiting: 'Das Relay ist nicht erreichbar. Dieser Tab versucht es von selbst wieder.',
      refused: 'Das Relay ließ diesen Tab nicht herein.',
      closed: 'Die Verbindung zum Relay ist geschlossen.',
      failed: 'Dieser Browser kann nicht teilnehmen.',
    },
    lost: 'Die Verbindung ging verloren.',
  },
  copy: {
    copied: 'Kopiert',
    failed: 'Kopieren ist gesperrt',
  },
  footer: {
    about:
      'Manyhands ist freie Software unter der Apache-Lizenz 2.0. Keine Konten, keine Cookies, keine Tracker und keine Anfrage an irgendwen außer dieser Website und den Quellen des Modells, das du wählst.',
    terms: 'Nutzungsbedingungen',
    contact: 'Kontakt',
    runBy: 'Betrieben von {{name}}',
  },
  update: {
    title: 'Eine neue Version ist da',
    advice: 'Bis du neu lädst, geht alles mit dieser weiter.',
    adviceServing: 'Vor dem Neuladen gehen laufende Antworten zu Ende, wie bei Stopp.',
    reload: 'Neu laden',
    later: 'Später',
    drainingTitle: 'Lädt neu, sobald laufende Antworten zu Ende sind',
    drainingAdvice: 'Das dauert ein paar Sekunden. Danach kannst du wieder mitmachen.',
    loadingTitle: 'Holt die neue Version',
    answeringTitle: 'Gerade entsteht eine Antwort',
    answeringAdvice: 'Sofort neu zu laden würde sie abschneiden.',
    afterAnswer: 'Danach neu laden',
    now: 'Sofort neu laden',
    waitingTitle: 'Lädt neu, sobald die Antwort fertig ist',
    brokenTitle: 'Ein Teil dieser Seite war nicht zu laden',
    brokenAdvice:
      'Vielleicht ist die Verbindung weg, oder eine neue Version hat diese abgelöst. Lade die Seite neu; was du geschrieben hast, bleibt.',
  },
};
